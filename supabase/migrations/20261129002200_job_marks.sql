-- Workers and open pages hear of jobs of every kind.

-- Whether a job waits for a worker; the condition is that of its lease.
create function public.user_jobs_due() returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.user_jobs j where j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now()));
$$;

-- Which loops beside the engine have something to do: verify, take_over, plan, job. The conditions are those of their leases.
create or replace function public.sync_side_work() returns text[]
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
    case when public.user_jobs_due() then 'job' end], null);
$$;

-- As before; "jobs" moves when a job begins, ends or is taken off the list. Of its progress the users' mark tells.
create or replace function public.sync_pulse() returns jsonb
language sql
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'overview', public.sync_overview(),
    'marks', jsonb_build_object(
      -- Every change of a user is announced in this queue.
      'users', (select q.last_value from pgmq.q_user_changes_msg_id_seq q),
      'log', (select l.last_value from public.user_sync_log_id_seq l),
      'states', (select v.last_value from public.sync_version_seq v),
      'runs', (select max(r.started_at) from public.sync_runs r),
      'jobs', public.user_jobs_mark(),
      'sites', (select md5(string_agg(concat_ws(' ', s.id, s.updated_at, s.status, s.health, s.error_code, s.key_last_four, s.disconnected_at),
        ',' order by s.id)) from public.connected_sites s)));
$$;

revoke execute on function public.user_jobs_due() from public, anon, authenticated, service_role;
