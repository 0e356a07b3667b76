-- From a change to dirty pairs. Workers call these functions through the API with the secret key; "security definer"
-- because they also reach pgmq, to which the API role has no rights of its own.

-- Marks every connected site's pair of the given users as wanting the users' present rows.
-- Also for users that are inactive or gone: a site may be receiving one at this moment.
create function public.sync_mark_dirty(ids text[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation)
  select changed.id, s.id, nextval('public.sync_version_seq'), s.generation
  from (select distinct unnest(ids) as id) changed
  cross join public.connected_sites s
  where s.disconnected_at is null and s.credentials_sealed is not null
  order by changed.id, s.id -- one lock order for all, or two fan-outs could deadlock
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    status = 'pending',
    attempts = 0,
    due_at = now(),
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    error_code = null,
    error = null;
$$;

-- Whether a worker could do something at this site now. Takes the site's columns so that it stays inlinable.
create function public.sync_site_ready(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
as $$
  select site.disconnected_at is null
    and site.status = 'active'
    and site.credentials_sealed is not null
    and site.retry_at <= now()
    and (site.lease_until is null or site.lease_until <= now())
    and (
      exists (
        select from public.user_sync_state p
        where p.site_id = site.id and p.desired_version > p.synced_version and p.due_at <= now()
      )
      or exists (
        select from public.sync_run_sites r
        where r.site_id = site.id and r.finished_at is null and r.user_id is null
      )
      or exists (select from public.sync_claims c where c.site_id = site.id)
      or (site.kind = 'supabase' and site.last_synced_at is not null
        and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'))
    );
$$;

-- Turns queued changes into dirty pairs: reads up to max_messages messages, marks, deletes them, all in one
-- transaction, so any number of workers may call it at once. Also a worker's one cheap question when idle.
-- Returns {"users": how many changed, "more": whether messages may be left, "ready": whether a site waits for a worker}.
create function public.sync_fan_out(max_messages integer default 20) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  message_ids bigint[];
  changed text[];
begin
  select array_agg(m.msg_id), array_agg(distinct ids.id)
    into message_ids, changed
  from pgmq.read('user_changes', 60, max_messages) m
  cross join lateral jsonb_array_elements_text(m.message -> 'ids') ids(id);
  if message_ids is not null then
    perform public.sync_mark_dirty(changed);
    perform pgmq.delete('user_changes', array(select distinct unnest(message_ids)));
  end if;
  return jsonb_build_object(
    'users', coalesce(cardinality(changed), 0),
    'more', coalesce((select count(distinct id) from unnest(message_ids) id) >= max_messages, false),
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s))
  );
end;
$$;

revoke execute on function
  public.sync_mark_dirty(text[]),
  public.sync_site_ready(public.connected_sites),
  public.sync_fan_out(integer)
from public, anon, authenticated;
grant execute on function
  public.sync_fan_out(integer)
to service_role;
