-- Changing many users goes on without the page that asked for it: it is a job at the centre, which workers carry out in
-- steps. Each step is one transaction that changes some users and moves the job's cursor, so any worker goes on where
-- another died, and nobody is changed twice.

create table public.user_jobs (
  id uuid primary key default gen_random_uuid(),
  state text not null default 'running',
  actor jsonb not null,
  input jsonb not null,
  total integer not null,
  cursor text,
  page_size integer not null default 2000,
  matched integer not null default 0,
  changed integer not null default 0,
  refused integer not null default 0,
  failures integer not null default 0,
  error text,
  lease_id uuid,
  lease_until timestamptz,
  retry_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  dismissed_at timestamptz,
  constraint user_jobs_state_known check (state in ('running', 'done', 'cancelled', 'failed')),
  constraint user_jobs_finished check ((state = 'running') = (finished_at is null))
);
create index user_jobs_running_idx on public.user_jobs (created_at) where state = 'running';
create index user_jobs_finished_idx on public.user_jobs (finished_at) where state <> 'running';

comment on table public.user_jobs is 'Changes of many users, which workers carry out; kept for a week after their end.';
comment on column public.user_jobs.actor is 'Who asked for it, for the audit log; see roster_actor.';
comment on column public.user_jobs.input is '{"ids"} or {"query"}: who, and {"change"}: what; see user_change_many.';
comment on column public.user_jobs.total is 'How many were to be changed when it was asked for.';
comment on column public.user_jobs.cursor is 'The last user who was looked at; null before the first.';
comment on column public.user_jobs.page_size is 'Users of a step; halved when a step fails, which may be for its size.';
comment on column public.user_jobs.refused is 'Users who were asked for by id and are not in the list.';
comment on column public.user_jobs.dismissed_at is 'When somebody took what came of it off the list; null while it is told.';
comment on column public.user_jobs.failures is 'Steps that failed in a row.';

alter table public.user_jobs enable row level security;
revoke all on public.user_jobs from anon, authenticated, service_role;

-- A job as it is told: how far it is, and what came of it.
create function public.user_job_told(job public.user_jobs) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', job.id, 'state', job.state, 'requestedBy', coalesce(job.actor ->> 'name', ''), 'change', job.input -> 'change',
    'total', job.total, 'matched', job.matched, 'changed', job.changed, 'unchanged', job.matched - job.changed,
    'refused', job.refused, 'error', job.error, 'createdAt', job.created_at, 'finishedAt', job.finished_at);
$$;

-- Puts down what is to be done to whom ("ids", or everybody who matches "query"; see user_change_many) and how many they
-- are. What ended more than a week ago is forgotten.
create function public.user_job_create(ids text[], query jsonb, change jsonb, total integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  job public.user_jobs;
begin
  delete from public.user_jobs j where j.state <> 'running' and j.finished_at < now() - interval '7 days';
  insert into public.user_jobs (actor, input, total)
  values (
    public.roster_actor(),
    jsonb_build_object('change', user_job_create.change) || case
      when ids is null then jsonb_build_object('query', user_job_create.query)
      else jsonb_build_object('ids', to_jsonb(array(select distinct i.id from unnest(ids) i(id)))) end,
    case when ids is null then user_job_create.total else (select count(distinct i.id) from unnest(ids) i(id)) end)
  returning * into job;
  return public.user_job_told(job);
end;
$$;

create function public.user_job_read(job uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select public.user_job_told(j) from public.user_jobs j where j.id = user_job_read.job;
$$;

-- Those that go on, and those that ended within a day and were not taken off the list; the newest first.
create function public.user_job_list(max_jobs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.user_job_told(j) order by j.created_at desc, j.id), '[]')
  from (
    select l.* from public.user_jobs l
    where l.state = 'running' or (l.state <> 'running' and l.finished_at > now() - interval '1 day' and l.dismissed_at is null)
    order by l.created_at desc, l.id limit max_jobs
  ) j;
$$;

-- Ends a job between two steps; what is done stays done. Returns the job as it is then, null for one that is unknown.
create function public.user_job_cancel(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_jobs j set state = 'cancelled', finished_at = clock_timestamp(), lease_id = null, lease_until = null
  where j.id = user_job_cancel.job and j.state = 'running';
  return public.user_job_read(job);
end;
$$;

-- Takes what came of a job off the list. Returns the job, null for one that is unknown.
create function public.user_job_dismiss(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_jobs j set dismissed_at = now()
  where j.id = user_job_dismiss.job and j.state <> 'running' and j.dismissed_at is null;
  return public.user_job_read(job);
end;
$$;

-- Gives the job that has waited longest to a worker for so many seconds, as {"id", "leaseId"}; null when there is none. One
-- whose step is on its way is locked and passed over, even when that step has outlived its lease.
create function public.sync_user_job_lease(seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  job public.user_jobs;
begin
  select j.* into job from public.user_jobs j
  where j.state = 'running' and j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now())
  order by j.created_at limit 1 for no key update skip locked;
  if not found then
    return null;
  end if;
  update public.user_jobs j set lease_id = gen_random_uuid(), lease_until = now() + make_interval(secs => seconds)
  where j.id = job.id returning j.* into job;
  return jsonb_build_object('id', job.id, 'leaseId', job.lease_id);
end;
$$;

-- Changes the job's next users in the name of whoever asked, moves its cursor and prolongs the lease. Returns "more",
-- "done", or "lost" when the job has ended or is somebody else's.
create function public.sync_user_job_step(job uuid, lease uuid, seconds integer) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
  page jsonb;
  ended boolean;
begin
  select j.* into held from public.user_jobs j
  where j.id = job and j.lease_id = lease and j.lease_until > now() and j.state = 'running' for no key update;
  if not found then
    return 'lost';
  end if;
  -- For roster_actor, until this transaction ends.
  perform set_config('request.headers', json_build_object(
    'x-roster-actor', encode(convert_to(held.actor::text, 'utf8'), 'base64'))::text, true);
  page := public.user_change_many(
    case when held.input ? 'ids' then array(select jsonb_array_elements_text(held.input -> 'ids')) end,
    coalesce(held.input -> 'query', '{}'), held.input -> 'change', held.cursor, held.page_size);
  ended := page ->> 'last' is null;
  update public.user_jobs j set
    cursor = coalesce(page ->> 'last', j.cursor),
    matched = j.matched + (page ->> 'matched')::integer,
    changed = j.changed + (page ->> 'changed')::integer,
    refused = case when ended and j.input ? 'ids' then j.total - j.matched - (page ->> 'matched')::integer else 0 end,
    failures = 0,
    error = null,
    state = case when ended then 'done' else 'running' end,
    finished_at = case when ended then clock_timestamp() end,
    lease_id = case when ended then null else j.lease_id end,
    lease_until = case when not ended then clock_timestamp() + make_interval(secs => seconds) end
  where j.id = held.id;
  return case when ended then 'done' else 'more' end;
end;
$$;

-- Gives a job back: at once when a worker stops (no reason), or for another attempt after a step failed, with half as many
-- users. After ten failures in a row it has failed for good.
create function public.sync_user_job_give_back(job uuid, lease uuid, reason text) returns void
language sql
security definer
set search_path = ''
as $$
  update public.user_jobs j set
    lease_id = null,
    lease_until = null,
    error = reason,
    failures = j.failures + case when reason is null then 0 else 1 end,
    page_size = case when reason is null then j.page_size else greatest(50, j.page_size / 2) end,
    retry_at = case when reason is null then now() else now() + make_interval(secs => least(60, 2 ^ j.failures)) end,
    state = case when reason is not null and j.failures >= 9 then 'failed' else 'running' end,
    finished_at = case when reason is not null and j.failures >= 9 then clock_timestamp() end
  where j.id = job and j.lease_id = lease and j.state = 'running';
$$;

revoke execute on function
  public.user_job_told(public.user_jobs), public.user_job_create(text[], jsonb, jsonb, integer), public.user_job_read(uuid),
  public.user_job_list(integer), public.user_job_cancel(uuid), public.user_job_dismiss(uuid), public.sync_user_job_lease(integer),
  public.sync_user_job_step(uuid, uuid, integer), public.sync_user_job_give_back(uuid, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.user_job_create(text[], jsonb, jsonb, integer), public.user_job_read(uuid), public.user_job_list(integer),
  public.user_job_cancel(uuid), public.user_job_dismiss(uuid), public.sync_user_job_lease(integer),
  public.sync_user_job_step(uuid, uuid, integer), public.sync_user_job_give_back(uuid, uuid, text)
to service_role;
