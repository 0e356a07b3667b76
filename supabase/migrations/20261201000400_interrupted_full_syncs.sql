-- Users of a full sync who are sent again, because a worker died or the site was away for a moment, passed for users whom a
-- person had asked for one by one, before whom newer rows of a site give way: Sync All Users wrote over what somebody had
-- changed there, whenever a batch of it was interrupted. They are the full sync's as before.

create or replace function public.sync_claim_dirty(
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
      case when p.attempts > 0 then 'retry' when p.run_id is null then 'change'
        -- One row by its key, and not "exists", for which all of them may be read.
        when (select r.user_id is null from public.sync_run_sites r where r.run_id = p.run_id and r.site_id = p.site_id) then 'full'
        else 'manual' end as why,
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
