-- What somebody decided about a site's rows, done some hundred at a time. Nothing is written to the site here: a linked row
-- is one that Roster owns from now on, and its pair is sent like any other.

-- A row whose turn it is, with what is to become of it.
create type public.take_over_pick as (
  key text, kind text, user_id text, fields jsonb, row_at timestamptz, problem text, decision text, outcome text, why text
);

-- A user of the list as a row of the site says it.
create function public.take_over_user(field text, pick public.take_over_pick) returns jsonb
language sql
volatile
set search_path = ''
as $$
  select jsonb_build_object(
    'id', named.id,
    'clerk_user_id', case when field = 'clerk_user_id' then pick.key
      else coalesce(nullif(btrim(pick.fields ->> 'clerk_user_id', E' \t\r\n'), ''), named.id) end,
    'email', btrim(pick.fields ->> 'email', E' \t\r\n'),
    'full_name', nullif(btrim(pick.fields ->> 'full_name', E' \t\r\n'), ''),
    'role', coalesce(nullif(btrim(pick.fields ->> 'role', E' \t\r\n'), ''), 'user'),
    'team', nullif(btrim(pick.fields ->> 'team', E' \t\r\n'), ''),
    'department', nullif(btrim(pick.fields ->> 'department', E' \t\r\n'), ''))
  from (
    select case when field = 'id' then pick.key else coalesce(nullif(pick.fields ->> 'id', ''), gen_random_uuid()::text) end as id
  ) named;
$$;

-- Makes users of the rows that are to be imported; with an outcome, and the user, where that was done.
create function public.take_over_import(site public.connected_sites, field text, picked public.take_over_pick[])
returns public.take_over_pick[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.take_over_pick[];
  people jsonb;
  inside text[];
begin
  select jsonb_object_agg(p.key, public.take_over_user(field, p)) into people
  from unnest(picked) p where p.decision = 'import' and p.problem is null;
  if people is null then
    people := '{}';
  end if;
  execute 'select array_agg(e.key) from jsonb_each($1) e
    cross join lateral jsonb_populate_record(null::public.user_profiles, e.value || ''{"status": "active"}'') u
    where ' || coalesce(public.scope_condition(site.scope), 'true') into inside using people;
  select array_agg(row(
      p.key, p.kind, n.person ->> 'id', p.fields, p.row_at, p.problem, p.decision, null, case
        when p.kind <> 'only_there' then 'Somebody in the list may be this person: link the row or leave it.'
        when p.problem is not null then p.problem
        when p.key <> all (coalesce(inside, '{}')) then
          'The site''s scope would leave this user out, and the row would be removed at once.'
        when n.nth > 1 then 'Another row of the site has the same e-mail address or Clerk id.'
        when exists (select from public.user_profiles u where u.id = n.person ->> 'id') then
          format('The list has another user with the id %s.', n.person ->> 'id')
        when exists (select from public.user_profiles u where lower(u.email) = lower(n.person ->> 'email')) then
          format('The e-mail address %s belongs to another user by now.', n.person ->> 'email')
        when exists (select from public.user_profiles u where u.clerk_user_id = n.person ->> 'clerk_user_id') then
          format('The Clerk id %s belongs to another user.', n.person ->> 'clerk_user_id')
      end)::public.take_over_pick order by p.key)
  into judged
  from unnest(picked) p
  left join (
    select e.key, e.value as person, greatest(
      row_number() over (partition by lower(e.value ->> 'email') order by e.key),
      row_number() over (partition by e.value ->> 'clerk_user_id' order by e.key)) as nth
    from jsonb_each(people) e
  ) n on n.key = p.key
  where p.decision = 'import';

  with made as (
    insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, updated_at)
    select u.id, u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department,
      -- Newer than the site's row, or the site's guard would keep its own.
      greatest(now(), j.row_at + interval '1 microsecond')
    from unnest(judged) j
    cross join lateral jsonb_populate_record(null::public.user_profiles, people -> j.key) u
    where j.why is null
    on conflict do nothing
    returning id
  )
  select array_agg(row(
      j.key, j.kind, j.user_id, j.fields, j.row_at, j.problem, j.decision,
      case when m.id is null then 'refused' else 'imported' end,
      case when m.id is null then coalesce(j.why, 'Somebody with this id, e-mail address or Clerk id was added just now.') end
    )::public.take_over_pick order by j.key)
  into judged
  from unnest(judged) j left join made m on m.id = j.user_id and j.why is null;
  return coalesce(judged, '{}');
end;
$$;

-- Says of the rows that are to be linked whether they can be, in outcome and why.
create function public.take_over_link(site public.connected_sites, picked public.take_over_pick[]) returns public.take_over_pick[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.take_over_pick[];
  inside text[];
begin
  inside := public.take_over_in_scope(site.scope, array(
    select p.user_id from unnest(picked) p where p.decision = 'link' and p.user_id is not null));
  select array_agg(row(
      w.key, w.kind, w.user_id, w.fields, w.row_at, w.problem, w.decision,
      case when w.why is null then 'linked' else 'refused' end, w.why)::public.take_over_pick order by w.key)
  into judged
  from (
    select p.key, p.kind, p.user_id, p.fields, p.row_at, p.problem, p.decision, case
      when p.user_id is null then 'Several users may be this one: say which.'
      when u.id is null then 'This user is not in the list any more.'
      when u.status <> 'active' then 'This user is inactive, so the row would be removed at once.'
      when u.id <> all (inside) then 'The site''s scope leaves this user out, so the row would be removed at once.'
      when p.nth > 1 or (s.written and s.generation = site.generation) or (k.generation = site.generation and k.key <> p.key)
        then 'This user has another row at the site.'
      when exists (select from public.sync_claims c where c.site_id = site.id and p.user_id = any (c.user_ids))
        then 'This user was on the way to the site just then.'
      when exists (
        select from public.site_row_keys x
        where x.site_id = site.id and x.generation = site.generation and x.key = p.key and x.user_id <> p.user_id)
        then 'This row is another user''s by now.'
    end as why
    from (
      select q.*, row_number() over (partition by q.user_id order by q.key) as nth from unnest(picked) q where q.decision = 'link'
    ) p
    left join public.user_profiles u on u.id = p.user_id
    left join public.user_sync_state s on s.user_id = p.user_id and s.site_id = site.id
    -- "offset 0": by the primary key, and not by the generation, which all keys of the site share.
    left join lateral (
      select x.generation, x.key from public.site_row_keys x where x.site_id = site.id and x.user_id = p.user_id offset 0) k on true
  ) w;
  return coalesce(judged, '{}');
end;
$$;

-- Makes rows Roster's own: from now on their users are written there, and taken away there.
create function public.take_over_own(site public.connected_sites, field text, owned public.take_over_pick[]) returns void
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
begin
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id in (select o.user_id from unnest(owned) o) order by p.user_id for no key update;
  -- A site's guard keeps a row that is newer than what comes, and a Clerk id that only the site knows would be lost.
  update public.user_profiles u set
    version = case when o.row_at > u.updated_at then u.version + 1 else u.version end,
    updated_at = greatest(u.updated_at, o.row_at + interval '1 microsecond'),
    clerk_user_id = case when o.adopts then o.clerk else u.clerk_user_id end
  from (
    select p.user_id, p.row_at, c.id as clerk,
      coalesce(x.clerk_user_id = x.id and c.id not in (x.id, p.key)
        and not exists (select from public.user_profiles y where y.clerk_user_id = c.id), false) as adopts
    from unnest(owned) p
    cross join lateral (select nullif(btrim(p.fields ->> 'clerk_user_id'), '') as id) c
    join public.user_profiles x on x.id = p.user_id
    where p.outcome = 'linked'
  ) o
  where u.id = o.user_id and (o.adopts or o.row_at > u.updated_at);
  delete from public.site_left_users l using unnest(owned) o where l.site_id = site.id and l.user_id = o.user_id;
  delete from public.site_row_keys k using unnest(owned) o where k.site_id = site.id and k.user_id = o.user_id;
  insert into public.site_row_keys (site_id, user_id, generation, key)
  select site.id, o.user_id, site.generation, o.key from unnest(owned) o
  where field <> 'id' or o.key <> o.user_id;
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written)
  select o.user_id, site.id, nextval('public.sync_version_seq'), site.generation, true from unnest(owned) o
  order by o.user_id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    synced_version = case when p.generation = excluded.generation then p.synced_version else 0 end,
    generation = excluded.generation, written = true, row_updated_at = null, status = 'pending',
    attempts = 0, due_at = now(), error_code = null, error = null,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end;
end;
$$;

-- Leaves users out of a site whose rows there stay the site's: with another row they would be there twice.
create function public.take_over_leave(site public.connected_sites, keys text[]) returns void
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  people text[];
begin
  with left_there as (
    insert into public.site_left_users as l (site_id, user_id, generation, key)
    select distinct on (m.user_id) site.id, m.user_id, site.generation, m.key
    from public.site_take_over_matches m
    left join public.user_sync_state p on p.user_id = m.user_id and p.site_id = site.id
    where m.site_id = site.id and m.key = any (keys)
      and not coalesce(p.written and p.generation = site.generation, false)
    order by m.user_id, m.key
    on conflict (site_id, user_id) do update set generation = excluded.generation, key = excluded.key
    returning l.user_id
  )
  select array_agg(t.user_id order by t.user_id) into people from left_there t;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (people) order by p.user_id for no key update;
  update public.user_sync_state p set due_at = now(), attempts = 0
  where p.site_id = site.id and p.user_id = any (people) and p.desired_version > p.synced_version;
end;
$$;

-- From here on rows of a site are written by their keys, unless every row there is Roster's and has its user's id.
create function public.take_over_share(run public.site_take_overs) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if run.unlisted > 0 or exists (
    select from public.site_take_over_rows r
    where r.site_id = run.site_id and r.kind in ('same_email', 'same_clerk_id', 'only_there', 'conflicting')
  ) or exists (
    select from public.site_take_over_rows r
    where r.site_id = run.site_id and r.kind = 'same_id' and coalesce(r.decision, run.decisions ->> 'same_id', 'leave') <> 'link'
  ) then
    -- A worker that has the site does not know of it yet: what it writes does not settle.
    update public.connected_sites s set shared = true, mapping = coalesce(s.mapping, public.documented_mapping()),
      lease_id = null, lease_worker = null, lease_until = now()
    where s.id = run.site_id and not s.shared;
  end if;
end;
$$;

-- Does what was decided about the next rows. Returns whether all are done, then the site's sync begins; null when users who
-- are to be linked are on their way to the site: what becomes of that is known in a moment.
create function public.take_over_apply(run public.site_take_overs) returns boolean
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
as $$
declare
  most constant integer := 500; -- some 100 ms
  site public.connected_sites;
  field text := public.match_field(run.mapping);
  picked public.take_over_pick[];
  done public.take_over_pick[];
begin
  if run.cursor = '' then
    perform public.take_over_share(run);
  end if;
  -- In the order in which workers lock: the site before its pairs.
  select s.* into site from public.connected_sites s where s.id = run.site_id for no key update;
  select array_agg(row(
      r.key, r.kind, case when d.decision = 'link' then coalesce(r.decision_user, r.user_id) else r.user_id end,
      r.fields, r.row_at, r.problem, d.decision, null, null)::public.take_over_pick order by r.key)
  into picked
  from (
    select * from public.site_take_over_rows o where o.site_id = run.site_id and o.key > run.cursor order by o.key limit most
  ) r
  cross join lateral (
    select case when r.kind <> 'ours' then coalesce(r.decision, run.decisions ->> r.kind, 'leave') end as decision
  ) d;
  if picked is null then
    perform public.take_over_release(run.site_id);
    return true;
  elsif exists (
    select from public.sync_claims c join unnest(picked) p on p.decision = 'link' and p.user_id = any (c.user_ids)
    -- An older batch is a dead worker's, at a site that nobody has written to since.
    where c.site_id = site.id and c.claimed_at > now() - interval '1 minute'
  ) then
    return null;
  end if;
  done := public.take_over_link(site, picked) || public.take_over_import(site, field, picked);
  perform public.take_over_own(site, field, array(
    select d::public.take_over_pick from unnest(done) d where d.outcome in ('linked', 'imported')));
  perform public.take_over_leave(site, array(select p.key from unnest(picked) p where p.kind <> 'ours'));
  update public.site_take_over_rows r set
    outcome = coalesce(d.outcome, 'left'), why = d.why, user_id = coalesce(d.user_id, r.user_id)
  from unnest(picked) p left join unnest(done) d on d.key = p.key
  where r.site_id = run.site_id and r.key = p.key and p.kind <> 'ours';
  update public.site_take_overs t set
    cursor = picked[cardinality(picked)].key,
    linked = t.linked + (select count(*) from unnest(done) d where d.outcome = 'linked'),
    imported = t.imported + (select count(*) from unnest(done) d where d.outcome = 'imported'),
    refused = t.refused + (select count(*) from unnest(done) d where d.outcome = 'refused'),
    left_alone = t.left_alone + (select count(*) from unnest(picked) p where p.decision = 'leave')
  where t.site_id = run.site_id;
  return false;
end;
$$;

-- Forgets rows about which nothing has to be said any more, some thousand at a time; all of them once the site is
-- disconnected. Returns whether that is done.
create function public.take_over_clean(run public.site_take_overs) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  most constant integer := 5000;
  gone integer;
begin
  delete from public.site_take_over_matches m where (m.site_id, m.user_id, m.key) in (
    select o.site_id, o.user_id, o.key from public.site_take_over_matches o where o.site_id = run.site_id limit most);
  get diagnostics gone = row_count;
  if gone < most then
    delete from public.site_take_over_rows r where (r.site_id, r.key) in (
      select o.site_id, o.key from public.site_take_over_rows o
      where o.site_id = run.site_id and (run.phase = 'forget' or o.outcome is distinct from 'refused') limit most);
    get diagnostics gone = row_count;
  end if;
  if gone = most then
    return false;
  elsif run.phase = 'forget' then
    delete from public.site_take_overs t where t.site_id = run.site_id;
  else
    update public.site_take_overs t set phase = 'done' where t.site_id = run.site_id;
  end if;
  return true;
end;
$$;

-- Does the next piece of what needs no look at the site. Returns {"kind": "lost"}, or {"kind": "held", "phase", "cursor",
-- "later"} with what comes next, and whether that has to wait a moment; "ready" and "done" are for nobody to go on with.
create function public.sync_take_over_step(site uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_take_overs;
  phase text;
  later boolean := false;
begin
  -- In the order in which requests lock: the site before its take-over. Not while rows are counted, which takes long.
  perform from public.connected_sites s
  where s.id = site and exists (
    select from public.site_take_overs t where t.site_id = site and (t.phase = 'apply' or (t.phase = 'drop' and t.scanned = 0)))
  for no key update;
  run := public.take_over_hold(site, lease, seconds);
  case run.phase
    when 'drop' then perform public.take_over_drop(run);
    when 'apply' then later := public.take_over_apply(run) is null;
    when 'clean', 'forget' then perform public.take_over_clean(run);
    else return jsonb_build_object('kind', 'lost');
  end case;
  select t.phase into phase from public.site_take_overs t where t.site_id = sync_take_over_step.site;
  if coalesce(phase, 'done') in ('ready', 'done') then
    update public.site_take_overs t set lease_id = null, lease_worker = null, lease_until = null
    where t.site_id = sync_take_over_step.site;
  end if;
  return jsonb_build_object('kind', 'held', 'phase', coalesce(phase, 'done'), 'cursor', '', 'later', later);
end;
$$;

revoke execute on function
  public.take_over_user(text, public.take_over_pick),
  public.take_over_import(public.connected_sites, text, public.take_over_pick[]),
  public.take_over_link(public.connected_sites, public.take_over_pick[]),
  public.take_over_own(public.connected_sites, text, public.take_over_pick[]),
  public.take_over_leave(public.connected_sites, text[]), public.take_over_share(public.site_take_overs),
  public.take_over_apply(public.site_take_overs), public.take_over_clean(public.site_take_overs),
  public.sync_take_over_step(uuid, uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function public.sync_take_over_step(uuid, uuid, integer) to service_role;
