-- What a worker does about a job in one step: change users, import lines, or delete lines that are kept no longer.

-- It keeps lines in a temporary table, which belongs to whoever came first in a session: now that steps import as well, it
-- always is the same one.
alter function public.user_import(jsonb, boolean) security definer;

-- A step of a change; see sync_user_job_step for what it returns.
create function public.user_change_page(held public.user_jobs) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  page jsonb := public.user_change_many(
    case when held.input ? 'ids' then array(select jsonb_array_elements_text(held.input -> 'ids')) end,
    coalesce(held.input -> 'query', '{}'), held.input -> 'change', held.cursor, held.page_size);
begin
  return page || jsonb_build_object('created', 0, 'refused', case
    when page ->> 'last' is null and held.input ? 'ids' then held.total - held.matched - (page ->> 'matched')::integer
    else 0 end);
end;
$$;

-- Imports lines one by one, for at most 3 s: what the database refuses (a rule of its own) is a line's failure and no other's.
-- Returns what user_import returns, of the lines it came to.
create function public.user_import_each(list jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  started constant timestamptz := clock_timestamp();
  outcomes jsonb := '[]';
  one jsonb;
begin
  for one in select value from jsonb_array_elements(list) loop
    exit when clock_timestamp() > started + interval '3 seconds';
    begin
      outcomes := outcomes || public.user_import(jsonb_build_array(one), false);
    exception when integrity_constraint_violation or data_exception or raise_exception then
      outcomes := outcomes || jsonb_build_object(
        'line', one -> 'line', 'outcome', 'rejected', 'message', format('The central database refuses it: %s.', rtrim(sqlerrm, '.')));
    end;
  end loop;
  return outcomes;
end;
$$;

-- A step of an import; see sync_user_job_step for what it returns.
create function public.user_import_page(held public.user_jobs) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  list jsonb;
  outcomes jsonb;
  last_line integer;
begin
  select coalesce(jsonb_agg(w.given || jsonb_build_object('line', w.line) order by w.line), '[]') into list
  from (
    select l.line, l.given from public.user_job_lines l
    where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.reason is null
    order by l.line limit held.page_size
  ) w;
  begin
    outcomes := public.user_import(list, false);
  exception when integrity_constraint_violation or data_exception or raise_exception then
    outcomes := public.user_import_each(list);
  end;
  last_line := (outcomes -> -1 ->> 'line')::integer;
  update public.user_job_lines l set reason = o.message
  from jsonb_to_recordset(outcomes) o(line integer, outcome text, message text)
  where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.line <= last_line
    and l.line = o.line and o.outcome = 'rejected';
  -- Nobody needs them any more.
  delete from public.user_job_lines l
  where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.line <= last_line and l.reason is null;
  return (
    select jsonb_build_object(
      'matched', count(*),
      'created', count(*) filter (where o.outcome = 'created'),
      'changed', count(*) filter (where o.outcome = 'updated'),
      'refused', count(*) filter (where o.outcome = 'rejected'),
      'last', case when count(*) = held.page_size or count(*) < jsonb_array_length(list) then last_line::text end)
    from jsonb_to_recordset(outcomes) o(outcome text));
end;
$$;

-- Deletes lines, 5,000 a step: of an import that has ended those that it did not come to; of one that was never started,
-- or ended a week ago, all of them. Then jobs that ended a week ago are forgotten.
create function public.user_job_clean(held public.user_jobs, seconds integer) returns text
language plpgsql
set search_path = ''
as $$
declare
  page constant integer := 5000;
  everything constant boolean := held.state = 'discarded' or coalesce(held.finished_at <= now() - interval '7 days', false);
  after_line integer := 0;
  deleted integer;
begin
  if held.state = 'uploading' then
    -- Nothing came for an hour.
    update public.user_jobs j set state = 'discarded', finished_at = clock_timestamp() where j.id = held.id;
    return 'more';
  end if;
  if held.kind = 'import' and not everything then
    after_line := coalesce(held.cursor::integer, 0);
  end if;
  delete from public.user_job_lines l where l.ctid = any (array(
    select w.ctid from public.user_job_lines w
    where w.job_id = held.id and w.line > after_line and (everything or w.reason is null)
    order by w.line limit page));
  get diagnostics deleted = row_count;
  if deleted = page then
    update public.user_jobs j set lease_until = clock_timestamp() + make_interval(secs => seconds) where j.id = held.id;
    return 'more';
  elsif everything then
    delete from public.user_jobs j where j.id = held.id;
  else
    update public.user_jobs j set retry_at = j.finished_at + interval '7 days', lease_id = null, lease_until = null
    where j.id = held.id;
  end if;
  return 'done';
end;
$$;

-- Gives the job that has waited longest to a worker for so many seconds, as {"id", "leaseId"}; null when there is none. One
-- whose step is on its way is locked and passed over, even when that step has outlived its lease.
create or replace function public.sync_user_job_lease(seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  job public.user_jobs;
begin
  select j.* into job from public.user_jobs j
  where j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now())
  order by j.state <> 'running', j.created_at limit 1 for no key update skip locked;
  if not found then
    return null;
  end if;
  update public.user_jobs j set lease_id = gen_random_uuid(), lease_until = now() + make_interval(secs => seconds)
  where j.id = job.id returning j.* into job;
  return jsonb_build_object('id', job.id, 'leaseId', job.lease_id);
end;
$$;

-- Does a job's next step in the name of whoever asked, moves its cursor and prolongs the lease. Returns "more", "done", or
-- "lost" when the job is somebody else's. A step tells {"matched", "created", "changed", "refused": how many, "last":
-- where to go on, null when nothing is left}.
create or replace function public.sync_user_job_step(job uuid, lease uuid, seconds integer) returns text
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
  where j.id = job and j.lease_id = lease and j.lease_until > now() and j.retry_at <= now() for no key update;
  if not found then
    return 'lost';
  elsif held.state <> 'running' then
    return public.user_job_clean(held, seconds);
  end if;
  -- For roster_actor, until this transaction ends.
  perform set_config('request.headers', json_build_object(
    'x-roster-actor', encode(convert_to(held.actor::text, 'utf8'), 'base64'))::text, true);
  page := case held.kind when 'import' then public.user_import_page(held) else public.user_change_page(held) end;
  ended := page ->> 'last' is null;
  update public.user_jobs j set
    cursor = coalesce(page ->> 'last', j.cursor),
    matched = j.matched + (page ->> 'matched')::integer,
    created = j.created + (page ->> 'created')::integer,
    changed = j.changed + (page ->> 'changed')::integer,
    refused = j.refused + (page ->> 'refused')::integer,
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
-- users or lines. After ten failures in a row it has failed for good.
create or replace function public.sync_user_job_give_back(job uuid, lease uuid, reason text) returns void
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
    retry_at = case when reason is null or j.failures >= 9 then now() else now() + make_interval(secs => least(60, 2 ^ j.failures)) end,
    state = case when reason is not null and j.failures >= 9 then 'failed' else 'running' end,
    finished_at = case when reason is not null and j.failures >= 9 then clock_timestamp() end
  where j.id = job and j.lease_id = lease and j.state = 'running';
$$;

revoke execute on function
  public.user_change_page(public.user_jobs), public.user_import_each(jsonb), public.user_import_page(public.user_jobs),
  public.user_job_clean(public.user_jobs, integer)
from public, anon, authenticated, service_role;
