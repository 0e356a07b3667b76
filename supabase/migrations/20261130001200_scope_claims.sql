-- Claims of sites with a scope: removals among them are guarded too, and pages of a full sync meet them as well.

-- Whether a pair need not be sent by a full sync: confirmed since that began, or as the list has the user where that is
-- enough; or its removal is held, which waits for a person.
-- Without a search path, which would keep it from being inlined; it names nothing that one could change.
create or replace function public.sync_is_fresh(
  p public.user_sync_state, generation integer, full_run public.sync_run_sites, updated_at timestamptz
) returns boolean
language sql
immutable
as $$
  select coalesce(
    p.generation = sync_is_fresh.generation and (
      p.synced_version >= p.desired_version and p.status = 'synced'
        and (p.synced_at >= full_run.started_at or (full_run.skip_confirmed and p.row_updated_at = sync_is_fresh.updated_at))
      or p.status = 'held' and p.desired_version > p.synced_version),
    false);
$$;

-- Claims the next page of a leased site's oldest full sync. Ends those at whose end it arrives.
create or replace function public.sync_claim_page(
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
      if target.scope is null or public.sync_removals_pass(target, (page.answer ->> 'claimId')::uuid) then
        return page.answer;
      end if;
      delete from public.sync_claims c where c.id = (page.answer ->> 'claimId')::uuid;
      continue; -- what is held by now is passed over
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

-- As before; nor does the row of somebody give way whose removal is held because of the site's scope.
create or replace function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  target public.connected_sites;
  ours text[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
  if not found then
    return '[]';
  end if;
  if target.removal_guard and target.removal_policy = 'delete'
    and exists (select from public.sync_removals_open(target, users) o where o.state is null) then
    perform public.sync_removals_decide(target, users);
  end if;
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  left join lateral (select x.status from public.user_profiles x where x.id = h.id offset 0) u on true
  left join lateral (
    select x.status, x.written, x.generation from public.user_sync_state x where x.user_id = h.id and x.site_id = target.id offset 0
  ) p on true
  where (not target.shared or (p.written and p.generation = target.generation))
    and (not target.removal_guard or not exists (select from public.sync_removals_open(target, array[h.id])))
    -- Roster would not put the row of somebody outside the scope right again.
    and ((u.status = 'active' and p.status is distinct from 'out_of_scope') or (target.removal_policy = 'delete' and p.written));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;
