-- Removals that are held because of a scope, where states are shown, counted and planned.

-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- Removals that are held are not among them, see sync_held_counts.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused; what
-- waits for a person is not among them.
create or replace function public.sync_site_counts()
returns table (site_id uuid, pending bigint, synced bigint, removed bigint, retrying bigint, failed bigint, drifted bigint,
  oldest_waiting timestamptz)
language sql
stable
security definer
set search_path = ''
as $$
  with active as (
    select coalesce(sum(t.users), 0) as users from public.user_tallies t where t.status = 'active'
  ), counted as (
    select s.id, s.health, s.status,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'synced'), 0) as synced,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status in ('removed', 'kept')), 0) as removed,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'out_of_scope'), 0) as outside,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status in ('different', 'missing')), 0) as otherwise,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'extra'), 0) as extra,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'failed'), 0) as failed,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'retrying'), 0) as retrying,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'held'), 0) as held,
      coalesce(sum(t.pairs) filter (where t.dirty), 0) as dirty
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null
    group by s.id
  ), waiting as (
    select c.*, c.dirty - c.failed - c.retrying - c.held
      + case when c.status = 'disconnecting' then 0
        else greatest(0, a.users - c.synced - c.otherwise - c.outside - (c.dirty - c.held) - h.active) end as open
    from counted c cross join active a
    -- Who is held because of the scope is among the active users.
    cross join lateral (select case when c.held = 0 then 0 else least(c.held, (
      select count(*) from public.site_removals r where r.site_id = c.id and r.state = 'held' and r.outside)) end as active) h
  )
  select w.id,
    case when w.health = 'ok' then w.open else 0 end::bigint,
    w.synced::bigint,
    w.removed::bigint,
    (case when w.health = 'blocked' then 0 else w.retrying end + case when w.health = 'degraded' then w.open else 0 end)::bigint,
    (w.failed + case when w.health = 'blocked' then w.retrying + w.open else 0 end)::bigint,
    (w.otherwise + w.extra)::bigint,
    least(
      (select min(o.wanted_at) from (
        select p.wanted_at from public.user_sync_state p
        where p.site_id = w.id and p.desired_version > p.synced_version and p.due_at < 'infinity'
        order by p.due_at, p.user_id limit 200
      ) o),
      (select min(r.started_at) from public.sync_run_sites r
        where r.site_id = w.id and r.finished_at is null and r.user_id is null)
    )
  from waiting w;
$$;

-- The next users to be compared at a site: {"kind": "page", "upto": the last id that was looked at, null at the end, "users":
-- [{"user": the row as it is to be, "inScope", "there": Roster wrote it, "foreign": a row under the key is the site's, "confirmed", "departure": "open" | "held" |
-- "allowed" | null, "key": under which its row stands, "taken": that is another user's row}]}, or {"kind": "lost"}.
create or replace function public.sync_plan_page(plan uuid, site uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  held public.plan_sites := public.plan_hold(plan, site, lease, seconds);
  asked public.plans;
  target public.connected_sites;
  -- Removals are looked for among everybody, and are few.
  wide constant integer := 5000;
  narrow constant integer := 500;
  ids text[];
  users jsonb;
begin
  if held.plan_id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select p.* into asked from public.plans p where p.id = plan;
  select s.* into target from public.connected_sites s where s.id = site;
  if asked.action in ('bulk', 'import') then
    ids := array(select c.user_id from public.plan_changes c
      where c.plan_id = plan and c.user_id > held.cursor order by c.user_id limit narrow);
  elsif asked.action = 'removal' or held.redo_removals then
    ids := array(
      select i.id from (
        (select u.id from public.user_profiles u where u.id > held.cursor order by u.id limit wide)
        union all
        (select d.id from public.deleted_users d where d.id > held.cursor order by d.id limit wide)
      ) i order by i.id limit case asked.action when 'removal' then wide else narrow end);
  else
    ids := array(select u.id from public.user_profiles u
      where u.id > held.cursor and u.status = 'active' order by u.id limit narrow);
  end if;
  execute format(
    'with people as (
      select u.id, to_jsonb(u) as row, u.status = ''active'' as active, u.updated_at,
        case %1$L when ''id'' then u.id when ''email'' then u.email else u.clerk_user_id end as wanted,
        u.status = ''active'' and %2$s and not exists (
          select from public.site_left_users l where l.site_id = $4 and l.user_id = u.id and l.generation = $3) as inside
      from public.plan_people($1, $2) u
    )
    select jsonb_agg(jsonb_build_object(
      ''user'', x.row, ''inScope'', x.inside, ''there'', t.there, ''departure'', coalesce(d.departure, case
        when $6 in (''bulk'', ''import'') and (not x.active or (not x.inside and exists (
          select from public.user_profiles u where u.id = x.id and u.status = ''active'' and %2$s))) then ''open'' end),
      ''confirmed'', $6 not in (''bulk'', ''import'') and coalesce(p.generation = $3 and p.synced_version >= p.desired_version and p.status = ''synced''
        and p.row_updated_at = x.updated_at, false),
      ''key'', coalesce(k.key, x.wanted), ''foreign'', $8 and k.key is null and not t.there,
      ''taken'', (k.key is null or %1$L <> ''id'') and exists (
        select from public.site_row_keys o
        where o.site_id = $4 and o.generation = $3 and o.key = x.wanted and o.user_id <> x.id)) order by x.id)
    from people x
    left join public.user_sync_state p on p.user_id = x.id and p.site_id = $4
    cross join lateral (select coalesce(p.written and (p.generation = $3 or $5), false) as there) t
    left join public.site_row_keys k on k.site_id = $4 and k.user_id = x.id and k.generation = $3
    left join lateral (
      select coalesce(nullif(r.state, ''approved''), case when r.state is null then ''open'' else ''allowed'' end) as departure
      from public.departures e
      left join public.site_removals r on r.site_id = $4 and r.user_id = e.user_id and r.departed_at = e.departed_at
      where e.site_id = $4 and e.user_id = x.id
    ) d on true
    where case when $6 in (''bulk'', ''import'') then true
      when $6 = ''removal'' then t.there and (not x.active or p.status = ''out_of_scope'')
      else x.active or (t.there and $7) end',
    held.match_field, coalesce(public.scope_condition(held.scope), 'true'))
  into users using asked, ids, held.generation, site, target.kind = 'webhook', asked.action, held.redo_removals,
    target.shared and not held.moves;
  return jsonb_build_object('kind', 'page', 'upto', ids[cardinality(ids)], 'users', coalesce(users, '[]'));
end;
$$;
