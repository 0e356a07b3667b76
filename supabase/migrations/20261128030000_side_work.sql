-- An idle worker asks one question a second: what waits for the loops beside the one that writes is in its answer, and
-- they ask for nothing that is not there.

-- Which loops beside the engine have something to do: verify, take_over, plan, job. The conditions are those of their leases.
create function public.sync_side_work() returns text[]
language sql
stable
set search_path = ''
as $$
  select array_remove(array[
    case when exists (
        select from public.site_verifications t
        where t.finished_at is null and t.retry_at <= now() and (t.lease_until is null or t.lease_until <= now()))
      or exists (
        select from public.connected_sites s join public.site_verify v on v.site_id = s.id
        where s.disconnected_at is null and s.status = 'active' and s.kind = 'supabase' and s.credentials_sealed is not null
          and s.health = 'ok' and s.last_synced_at is not null
          and coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
            < now() - make_interval(mins => v.every_minutes))
      then 'verify' end,
    case when exists (
        select from public.site_take_overs t
        where t.phase in ('scan', 'drop', 'apply', 'clean', 'forget') and t.retry_at <= now()
          and (t.lease_until is null or t.lease_until <= now()))
      then 'take_over' end,
    case when exists (select from public.plans p where p.following)
      or exists (
        select from public.plan_sites t join public.plans p on p.id = t.plan_id
        where t.phase = 'rows' and t.retry_at <= now() and p.state in ('planning', 'checking')
          and (t.lease_until is null or t.lease_until <= now()))
      then 'plan' end,
    case when exists (
        select from public.user_jobs j
        where j.state = 'running' and j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now()))
      then 'job' end], null);
$$;

-- As before; "side": what sync_side_work says.
create or replace function public.sync_fan_out(max_messages integer default 20) returns jsonb
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
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s)),
    'side', public.sync_side_work());
end;
$$;

-- What a worker could do now, at sites that are not paused and do not wait after a failure, and beside them.
create or replace function public.sync_backlog() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with ready as (
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status in ('active', 'disconnecting') and s.credentials_sealed is not null
      and s.retry_at <= now()
  )
  select jsonb_build_object(
    'changes', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'pairs', (
      select count(*) from public.user_sync_state p join ready on ready.id = p.site_id
      where p.desired_version > p.synced_version and p.due_at <= now()
    ),
    'fullSyncs', (
      select count(*) from public.sync_run_sites r join ready on ready.id = r.site_id
      where r.finished_at is null and r.user_id is null
    ),
    'verifications', (
      select count(*) from public.site_verifications t join ready on ready.id = t.site_id
      where t.finished_at is null and t.retry_at <= now()
    ),
    'takeOvers', (
      select count(*) from public.site_take_overs t
      where t.phase in ('scan', 'drop', 'apply', 'clean', 'forget') and t.retry_at <= now()
    ),
    'plans', (
      select count(*) from public.plan_sites t join public.plans p on p.id = t.plan_id
      where t.phase = 'rows' and p.state in ('planning', 'checking')
    ) + (select count(*) from public.plans p where p.following),
    'jobs', (select count(*) from public.user_jobs j where j.state = 'running' and j.retry_at <= now())
  );
$$;

revoke execute on function public.sync_side_work(), public.sync_fan_out(integer) from public, anon, authenticated;
grant execute on function public.sync_fan_out(integer) to service_role;
