-- Claiming in parts, so that what changes one of them need not repeat the others: what is due, and pages of full syncs.
-- And rows as the site's API takes them, made by PostgreSQL, which the worker passes on without looking into them.

-- A row of a site's documented table.
create type public.site_row as (
  id text, clerk_user_id text, email text, full_name text, role text, team text, department text,
  created_at timestamptz, updated_at timestamptz
);

-- A batch of active users as rows: {"kind": "rows", "claimId", "userIds", "triggers", "attempts", "runIds", "written", "rows"},
-- arrays in the same order; for a page of a full sync "triggers" and "runIds" are what all have in common. "rows" comes last,
-- so that it can be cut off.
create function public.sync_claimed_rows(c public.sync_claims, written boolean[], rows json) returns json
language sql
immutable
set search_path = ''
as $$
  select json_build_object('kind', 'rows', 'claimId', c.id, 'userIds', c.user_ids, 'attempts', c.attempts,
    'triggers', case when c.full_run_id is null then to_json(c.triggers) else '"full"' end,
    'runIds', case when c.full_run_id is null then to_json(c.run_ids) else to_json(c.full_run_id) end,
    'written', written, 'rows', rows);
$$;

-- Writes down a batch as a claim of its site. whole: with nobody left to the site, since rows would have them.
create function public.sync_claim_write(claim public.sync_claims, whole boolean) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  is_whole boolean;
begin
  insert into public.sync_claims as c values (claim.*) returning c.outside is null into is_whole;
  if whole and not is_whole then
    raise exception 'Somebody was left to the site meanwhile: claim again';
  end if;
end;
$$;

-- Records a batch and returns it as sync_claim does. users: columns as sync_claimed has them, or rows.
create function public.sync_claim_record(
  target public.connected_sites, claim public.sync_claims, written boolean[], users json, as_rows boolean
) returns json
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_claim_write(claim, as_rows);
  if as_rows then
    return public.sync_claimed_rows(claim, written, users);
  end if;
  return public.sync_claimed(claim.id, claim, written,
    case when target.scope is null then users else public.sync_claim_scope(claim, target.scope, users) end);
end;
$$;

-- Claims dirty pairs of a leased site that are due and in no other claim, with the users' present rows. Null when there
-- are none. `brought`: users whose present row a batch has brought there before their change was fanned out; then
-- nothing is claimed, unless send_brought. little: nothing either when that is not all, or a decision is to be made.
create function public.sync_claim_dirty(
  target public.connected_sites, max_users integer, as_rows boolean, little boolean, send_brought boolean,
  out answer json, out claim_id uuid, out brought_ids text[], out brought_versions bigint[]
)
language plpgsql
security definer
set search_path = ''
-- A table that is just being filled looks small to the planner, which would then read all of it for each user. "offset 0"
-- has users looked up one by one.
set enable_seqscan = off
as $$
declare
  claim public.sync_claims;
  written boolean[];
  users json;
begin
  with due as materialized (
    select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
      -- Another webhook URL may well be the same receiver: who leaves has to leave there too.
      p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
      case when p.attempts > 0 then 'retry' when p.run_id is not null then 'manual' else 'change' end as why,
      case when p.generation = target.generation and p.run_id is null then p.row_updated_at end as landed_at
    from public.user_sync_state p
    where p.site_id = target.id and p.desired_version > p.synced_version and p.due_at <= now()
      and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = target.id)
    order by p.due_at, p.user_id
    limit max_users + little::integer
  ), looked as (
    select due.*, coalesce(u.status = 'active' and u.updated_at = due.landed_at, false) as brought,
      coalesce(u.status, 'deleted') as status,
      coalesce(u.clerk_user_id, d.clerk_user_id, due.user_id) as clerk_user_id, coalesce(u.email, d.email, '') as email,
      coalesce(u.full_name, d.full_name) as full_name, coalesce(u.role, d.role, '') as role,
      coalesce(u.team, d.team) as team, coalesce(u.department, d.department) as department,
      coalesce(u.created_at, d.created_at, now()) as created_at, coalesce(u.updated_at, d.updated_at, now()) as updated_at
    from due
    left join lateral (select * from public.user_profiles x where x.id = due.user_id offset 0) u on true
    left join lateral (select * from public.deleted_users x where x.id = due.user_id and u.id is null offset 0) d on true
    offset 0
  )
  select array_agg(user_id), array_agg(desired_version), array_agg(l.status = 'active'), array_agg(why), array_agg(attempt),
    array_agg(run_id), array_agg(updated_at), array_agg(email), array_agg(there),
    case when as_rows then
      json_agg(row(user_id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
        filter (where as_rows)
    else
      json_build_object('clerk_user_id', array_agg(clerk_user_id), 'email', array_agg(email), 'full_name', array_agg(full_name),
        'role', array_agg(role), 'team', array_agg(team), 'department', array_agg(department), 'status', array_agg(l.status),
        'created_at', array_agg(created_at), 'updated_at', array_agg(updated_at))
    end,
    array_agg(user_id) filter (where brought), array_agg(desired_version) filter (where brought)
  into claim.user_ids, claim.versions, claim.upserts, claim.triggers, claim.attempts,
    claim.run_ids, claim.row_times, claim.emails, written, users,
    brought_ids, brought_versions
  from looked l;
  if claim.user_ids is null or (brought_ids is not null and not send_brought)
    or (little and (cardinality(claim.user_ids) > max_users or false = any (claim.upserts))) then
    return;
  end if;
  if as_rows and false = any (claim.upserts) then
    select d.* into answer, claim_id, brought_ids, brought_versions
    from public.sync_claim_dirty(target, max_users, false, little, send_brought) d;
    return;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.full_fresh := 0;
  claim.claimed_at := clock_timestamp();
  claim.unpaired := false;
  claim_id := claim.id;
  answer := public.sync_claim_record(target, claim, written, users, as_rows);
end;
$$;

-- Claims what is due at a leased site. Null when nothing is, {"kind": "empty"} when deciding about removals took its time.
create function public.sync_claim_due(target public.connected_sites, max_users integer, as_rows boolean) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  began constant timestamptz := clock_timestamp();
  due record;
begin
  loop
    loop
      select d.* into due from public.sync_claim_dirty(target, max_users, as_rows, false, false) d;
      exit when due.brought_ids is null;
      -- A change that a batch brought there before it was fanned out: nothing is left to send.
      update public.user_sync_state p set synced_version = p.desired_version, status = 'synced'
      from unnest(due.brought_ids, due.brought_versions) b(id, version), public.user_profiles u
      where p.user_id = any (due.brought_ids) and p.site_id = target.id and p.user_id = b.id and u.id = b.id and u.status = 'active'
        -- While this waited for a lock, a newer change may have been fanned out, of which u knows nothing.
        and p.desired_version = b.version
        and p.row_updated_at = u.updated_at and p.generation = target.generation and p.run_id is null;
      if not found then -- what changed meanwhile is sent: that is never wrong
        select d.* into due from public.sync_claim_dirty(target, max_users, as_rows, false, true) d;
        exit;
      end if;
    end loop;
    if due.claim_id is null or public.sync_removals_pass(target, due.claim_id) then
      return due.answer;
    end if;
    delete from public.sync_claims c where c.id = due.claim_id;
    if clock_timestamp() > began + interval '1 second' then
      return json_build_object('kind', 'empty'); -- what is held by now stays so; the site is still ready
    end if;
  end loop;
end;
$$;

-- Whether a pair need not be sent by a full sync: confirmed since that began, or as the list has the user where that is enough.
-- Without a search path, which would keep it from being inlined; it names nothing that one could change.
create function public.sync_is_fresh(
  p public.user_sync_state, generation integer, full_run public.sync_run_sites, updated_at timestamptz
) returns boolean
language sql
immutable
as $$
  select coalesce(
    p.generation = sync_is_fresh.generation and p.synced_version >= p.desired_version and p.status = 'synced'
      and (p.synced_at >= full_run.started_at or (full_run.skip_confirmed and p.row_updated_at = sync_is_fresh.updated_at)),
    false);
$$;

-- How far the next page of a full sync that skips goes: to the user at whom it has max_users to send, or over so many users
-- as are looked at in one step. `users`: how many that are where none is to be sent, else null.
create function public.sync_page_end(
  target public.connected_sites, full_run public.sync_run_sites, after text, max_users integer, looked_at integer,
  out last text, out users bigint
)
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  stale text[];
begin
  -- In one scan: a second one for the end of a step took 0.5 µs a user.
  select max(s.id), count(*), coalesce(array_agg(s.id) filter (where not s.fresh), '{}') into last, users, stale
  from (
    select u.id, public.sync_is_fresh(p, target.generation, full_run, u.updated_at) as fresh
    from (
      select id, updated_at from public.user_profiles where status = 'active' and id > after order by id limit looked_at
    ) u
    left join lateral (
      select * from public.user_sync_state x where x.user_id = u.id and x.site_id = target.id offset 0
    ) p on true
    offset 0
  ) s;
  if stale <> '{}' then
    users := null;
    last := case when cardinality(stale) > max_users then stale[max_users] else last end;
  end if;
end;
$$;

-- Claims the users of a full sync after one, but for those who are fresh. Null when all are, or nobody is left.
create function public.sync_claim_users(
  target public.connected_sites, full_run public.sync_run_sites, after text, last text, most integer, as_rows boolean,
  out answer json, out page_end text, out fresh_users bigint
)
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  -- Drawn before the rows are read: what a smaller number announced is in them.
  drawn constant bigint := nextval('public.sync_version_seq');
  claim public.sync_claims;
  written boolean[];
  users json;
begin
  select array_agg(id) filter (where not fresh), array_agg(attempt) filter (where not fresh),
    array_agg(updated_at) filter (where not fresh), array_agg(email) filter (where not fresh),
    array_agg(there) filter (where not fresh), not bool_or(paired),
    case when as_rows then
      json_agg(row(id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
        filter (where not fresh and as_rows)
    else
      json_build_object(
        'clerk_user_id', array_agg(clerk_user_id) filter (where not fresh and not as_rows),
        'email', array_agg(email) filter (where not fresh),
        'full_name', array_agg(full_name) filter (where not fresh and not as_rows),
        'role', array_agg(role) filter (where not fresh and not as_rows),
        'team', array_agg(team) filter (where not fresh and not as_rows),
        'department', array_agg(department) filter (where not fresh and not as_rows),
        'status', array_agg(s.status) filter (where not fresh and not as_rows),
        'created_at', array_agg(created_at) filter (where not fresh and not as_rows),
        'updated_at', array_agg(updated_at) filter (where not fresh))
    end,
    max(id), count(*) filter (where fresh)
  into claim.user_ids, claim.attempts, claim.row_times, claim.emails, written, claim.unpaired, users, page_end, fresh_users
  from (
    select u.*, coalesce(p.attempts, 0) + 1 as attempt, p.user_id is not null as paired,
      coalesce(p.written and p.generation = target.generation, false) as there,
      public.sync_is_fresh(p, target.generation, full_run, u.updated_at) as fresh
    from (
      select * from public.user_profiles x
      where x.status = 'active' and x.id > after and (sync_claim_users.last is null or x.id <= sync_claim_users.last)
      order by x.id limit most
    ) u
    left join lateral (
      select * from public.user_sync_state x where x.user_id = u.id and x.site_id = target.id offset 0
    ) p on true
    offset 0
  ) s;
  if claim.user_ids is null then
    return;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.versions := array_fill(drawn, array[cardinality(claim.user_ids)]);
  claim.upserts := array_fill(true, array[cardinality(claim.user_ids)]);
  claim.triggers := array_fill('full'::text, array[cardinality(claim.user_ids)]);
  claim.run_ids := array_fill(full_run.run_id, array[cardinality(claim.user_ids)]);
  claim.full_run_id := full_run.run_id;
  claim.full_cursor := page_end;
  claim.full_fresh := fresh_users;
  claim.claimed_at := clock_timestamp();
  answer := public.sync_claim_record(target, claim, written, users, as_rows);
end;
$$;

-- What tells a page of a full sync from others: whoever has its rows with the same digest has them as they are. A user's
-- updated_at moves with everything that sites receive (user_profiles_stamp).
create function public.sync_page_digest(user_ids text[], row_times timestamptz[]) returns text
language sql
immutable
set search_path = ''
as $$
  select encode(sha256(array_send(user_ids) || array_send(row_times)), 'base64');
$$;

-- Claims the next users of a full sync as sync_claim_users does, where none of them has a pair at the site, which is what a
-- first sync is made of: nothing is known of any, so all are sent for the first time. Returns {"kind": "page", "claimId",
-- "digest", "users": how many, "runId", "userIds", "rows"}, the last two null where the caller has them; null when somebody has
-- a pair.
create function public.sync_claim_new_users(
  target public.connected_sites, full_run public.sync_run_sites, after text, most integer, rows_known boolean
) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  -- Drawn before the rows are read: what a smaller number announced is in them.
  drawn constant bigint := nextval('public.sync_version_seq');
  claim public.sync_claims;
  rows json;
  users integer;
begin
  if rows_known then
    select array_agg(u.id), array_agg(u.updated_at), array_agg(u.email) into claim.user_ids, claim.row_times, claim.emails
    from (
      select x.id, x.updated_at, x.email from public.user_profiles x
      where x.status = 'active' and x.id > after order by x.id limit most
    ) u;
  else
    select array_agg(u.id), array_agg(u.updated_at), array_agg(u.email),
      json_agg(row(id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
    into claim.user_ids, claim.row_times, claim.emails, rows
    from (
      select * from public.user_profiles x where x.status = 'active' and x.id > after order by x.id limit most
    ) u;
  end if;
  users := cardinality(claim.user_ids);
  if users is null or exists (
    select from public.user_sync_state p
    where p.user_id > after and p.user_id <= claim.user_ids[users] and p.site_id = target.id
  ) then
    return null;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.versions := array_fill(drawn, array[users]);
  claim.upserts := array_fill(true, array[users]);
  claim.triggers := array_fill('full'::text, array[users]);
  claim.attempts := array_fill(1, array[users]);
  claim.run_ids := array_fill(full_run.run_id, array[users]);
  claim.full_run_id := full_run.run_id;
  claim.full_cursor := claim.user_ids[users];
  claim.full_fresh := 0;
  claim.claimed_at := clock_timestamp();
  claim.unpaired := true;
  perform public.sync_claim_write(claim, true);
  return json_build_object('kind', 'page', 'claimId', claim.id, 'digest', public.sync_page_digest(claim.user_ids, claim.row_times),
    'users', users, 'runId', full_run.run_id, 'userIds', case when not rows_known then claim.user_ids end, 'rows', rows);
end;
$$;

-- The rows of a page that was claimed without them. Null when they are not what they were: then the claim is given up, of
-- which nothing was sent.
create function public.sync_page_rows(site uuid, lease uuid, claim uuid) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  claimed public.sync_claims;
  rows json;
  users bigint;
begin
  select c.* into claimed from public.sync_claims c where c.id = claim and c.site_id = site and c.lease_id = lease;
  select json_agg(row(u.id, u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department, u.created_at, u.updated_at)
      ::public.site_row order by t.n), count(*)
  into rows, users
  from unnest(claimed.user_ids, claimed.row_times) with ordinality t(id, row_time, n)
  cross join lateral (
    select * from public.user_profiles x where x.id = t.id and x.updated_at = t.row_time and x.status = 'active' offset 0
  ) u;
  if users = cardinality(claimed.user_ids) then
    return rows;
  end if;
  delete from public.sync_claims c where c.id = claimed.id;
  return null;
end;
$$;

-- Claims the next page of a leased site's oldest full sync. Ends those at whose end it arrives.
create function public.sync_claim_page(
  target public.connected_sites, max_users integer, as_rows boolean, rows_known boolean
) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  looked_at constant integer := greatest(10000, max_users); -- users in one step of skipping, some 50 ms
  began constant timestamptz := clock_timestamp();
  -- Whether somebody has a pair at the site is read from the pairs of all sites: with more of them, user by user is quicker.
  few_sites constant boolean := (
    select count(*) <= 20 from (select from public.connected_sites s where s.disconnected_at is null limit 21) counted);
  full_run public.sync_run_sites;
  open_cursor text;
  after text;
  skip record;
  page record;
  answer json;
begin
  loop
    select r.* into full_run from public.sync_run_sites r
    where r.site_id = target.id and r.finished_at is null and r.user_id is null
    order by r.started_at, r.run_id limit 1;
    if not found or clock_timestamp() > began + interval '2 seconds' then
      return json_build_object('kind', 'empty'); -- what was skipped is remembered; the site is still ready
    end if;
    select max(c.full_cursor) into open_cursor from public.sync_claims c
    where c.site_id = target.id and c.full_run_id = full_run.run_id;
    after := coalesce(open_cursor, full_run.cursor);

    if full_run.skip_confirmed then
      select e.* into skip from public.sync_page_end(target, full_run, after, max_users, looked_at) e;
      if skip.users is null then
        select c.* into page from public.sync_claim_users(target, full_run, after, skip.last, looked_at, as_rows) c;
      else
        select null::json as answer, skip.last as page_end, skip.users as fresh_users into page;
      end if;
    else
      if as_rows and few_sites then
        answer := public.sync_claim_new_users(target, full_run, after, max_users, rows_known);
        if answer is not null then
          return answer;
        end if;
      end if;
      select c.* into page from public.sync_claim_users(target, full_run, after, null, max_users, as_rows) c;
    end if;
    if page.answer is not null then
      return page.answer;
    end if;
    if open_cursor is not null then
      return json_build_object('kind', 'empty'); -- a page is on its way; ask again when it has settled
    end if;
    if page.page_end is not null then
      update public.sync_run_sites r set cursor = page.page_end, succeeded = r.succeeded + page.fresh_users
      where r.run_id = full_run.run_id and r.site_id = target.id;
    else
      update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
      where r.run_id = full_run.run_id and r.site_id = target.id;
      perform public.sync_finish_runs(array[full_run.run_id]);
    end if;
  end loop;
end;
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync. Users in a
-- batch that has not settled yet are left out, and so are removals that are held. Returns {"kind": "users", …} as
-- sync_claimed builds it (a user's status is deleted when the row is gone, out_of_scope when the site does not get this
-- user), {"kind": "empty"}, or {"kind": "lost"} without the lease.
-- as_rows: where all are active and the site gets everybody, {"kind": "rows", …} as sync_claimed_rows has it or
-- {"kind": "page", …} as sync_claim_new_users has it; rows_known: then without the rows, which sync_page_rows gives.
drop function public.sync_claim(uuid, uuid, integer);
create function public.sync_claim(
  site uuid, lease uuid, max_users integer, as_rows boolean default false, rows_known boolean default false
) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_generic_plan
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'active' and s.disconnected_at is null;
  if not found then
    return json_build_object('kind', 'lost');
  end if;
  -- Rows are for sites that get everybody and have nobody's own.
  as_rows := as_rows and target.scope is null and target.mapping is null
    and not exists (select from public.site_left_users l where l.site_id = target.id);
  return coalesce(
    public.sync_claim_due(target, max_users, as_rows), public.sync_claim_page(target, max_users, as_rows, rows_known));
end;
$$;

revoke execute on function
  public.sync_claimed_rows(public.sync_claims, boolean[], json),
  public.sync_claim_record(public.connected_sites, public.sync_claims, boolean[], json, boolean),
  public.sync_claim_dirty(public.connected_sites, integer, boolean, boolean, boolean),
  public.sync_claim_due(public.connected_sites, integer, boolean),
  public.sync_is_fresh(public.user_sync_state, integer, public.sync_run_sites, timestamptz),
  public.sync_page_end(public.connected_sites, public.sync_run_sites, text, integer, integer),
  public.sync_claim_users(public.connected_sites, public.sync_run_sites, text, text, integer, boolean),
  public.sync_page_digest(text[], timestamptz[]),
  public.sync_claim_write(public.sync_claims, boolean),
  public.sync_claim_new_users(public.connected_sites, public.sync_run_sites, text, integer, boolean),
  public.sync_page_rows(uuid, uuid, uuid),
  public.sync_claim_page(public.connected_sites, integer, boolean, boolean),
  public.sync_claim(uuid, uuid, integer, boolean, boolean)
from public, anon, authenticated;
grant execute on function
  public.sync_page_rows(uuid, uuid, uuid), public.sync_claim(uuid, uuid, integer, boolean, boolean)
to service_role;
