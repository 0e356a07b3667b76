-- Numbers for monitoring, read from sums that are kept anyway.

alter table public.api_keys drop constraint api_keys_scopes_known;
alter table public.api_keys add constraint api_keys_scopes_known check (
  cardinality(scopes) > 0
  and scopes <@ array['users:read', 'users:write', 'sites:read', 'sites:write', 'sync:read', 'sync:run', 'metrics:read']);

-- Everything that /api/metrics tells. Failures by kind are counted up to a hundred thousand users.
create function public.sync_metrics() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'users', (
      select jsonb_build_object(
        'active', coalesce(sum(t.users) filter (where t.status = 'active'), 0),
        'inactive', coalesce(sum(t.users) filter (where t.status = 'inactive'), 0))
      from public.user_tallies t
    ),
    'sites', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'site', s.name, 'health', s.health, 'paused', s.status = 'paused',
        'pending', coalesce(c.pending, 0), 'synced', coalesce(c.synced, 0), 'removed', coalesce(c.removed, 0),
        'retrying', coalesce(c.retrying, 0), 'failed', coalesce(c.failed, 0), 'held', coalesce(h.held, 0),
        'lagSeconds', coalesce(extract(epoch from now() - c.oldest_waiting), 0),
        'leased', coalesce(s.lease_id is not null and s.lease_until > now(), false),
        'leaseAgeSeconds', coalesce((select extract(epoch from now() - min(k.claimed_at)) from public.sync_claims k where k.site_id = s.id), 0),
        'succeeded', coalesce(m.succeeded, 0), 'refused', coalesce(m.failed, 0)
      ) order by lower(s.name)), '[]')
      from public.connected_sites s
      left join public.sync_site_counts() c on c.site_id = s.id
      left join public.sync_held_counts() h on h.site_id = s.id
      left join (
        select m.site_id, sum(m.succeeded) as succeeded, sum(m.failed) as failed from public.sync_minutes m
        where m.minute >= date_trunc('minute', now()) - interval '5 minutes' and m.minute < date_trunc('minute', now())
        group by 1
      ) m on m.site_id = s.id
      where s.disconnected_at is null
    ),
    'failures', (
      select coalesce(jsonb_agg(jsonb_build_object('site', f.name, 'code', f.error_code, 'users', f.users) order by f.name, f.error_code), '[]')
      from (
        select s.name, r.error_code, count(*) as users
        from (
          select p.site_id, coalesce(p.error_code, 'unknown') as error_code from public.user_sync_state p
          where p.desired_version > p.synced_version and p.status in ('retrying', 'failed') limit 100000
        ) r join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
        group by 1, 2
        union all
        select s.name, s.error_code, c.failed + c.retrying
        from public.sync_site_counts() c join public.connected_sites s on s.id = c.site_id
        where s.health <> 'ok' and s.error_code is not null
      ) f
    ),
    'queue', (
      select jsonb_build_object('changes', coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0),
        'ageSeconds', coalesce(extract(epoch from now() - min(q.enqueued_at)), 0))
      from pgmq.q_user_changes q
    ),
    'workers', (select count(*) from public.workers w where w.alive_until > now()),
    'alerts', (
      select coalesce(jsonb_object_agg(a.kind, a.open), '{}')
      from (select kind, count(*) as open from public.alerts where ended_at is null group by 1) a
    ));
$$;
revoke execute on function public.sync_metrics() from public, anon, authenticated, service_role;
grant execute on function public.sync_metrics() to service_role;
