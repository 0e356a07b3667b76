-- An import goes on without the page that asked for it, as a job like a change of many users. Its lines are sent in pages,
-- each a transaction, and only when all have arrived may it start.

alter table public.user_jobs
  add column kind text not null default 'change',
  add column stored integer not null default 0,
  add column created integer not null default 0,
  drop constraint user_jobs_state_known,
  drop constraint user_jobs_finished,
  add constraint user_jobs_kind_known check (kind in ('change', 'import')),
  add constraint user_jobs_state_known check (state in ('uploading', 'discarded', 'running', 'done', 'cancelled', 'failed')),
  add constraint user_jobs_finished check ((state in ('uploading', 'running')) = (finished_at is null));

comment on table public.user_jobs is 'Changes of many users and imports, which workers carry out; kept for a week after their end.';
comment on column public.user_jobs.state is 'uploading: lines of an import still come; discarded: they never all came, and are being deleted.';
comment on column public.user_jobs.input is 'A change: {"ids"} or {"query"}: who, and {"change"}: what; see user_change_many. An import: {"file", "columns"}.';
comment on column public.user_jobs.total is 'How many users were to be changed when it was asked for, or lines of the file.';
comment on column public.user_jobs.stored is 'Lines of an import that have arrived.';
comment on column public.user_jobs.cursor is 'The last user or line that was looked at, or the last line that has arrived; null before the first.';
comment on column public.user_jobs.refused is 'Users who were asked for by id and are not in the list, or lines that could not be taken.';
comment on column public.user_jobs.retry_at is 'When a worker has to look at it next: for a step, to give up an upload, or to delete what is kept no longer.';

-- There are as many as people started in a week: only looking for what is due has to cost nothing.
drop index public.user_jobs_running_idx, public.user_jobs_finished_idx;
create index user_jobs_due_idx on public.user_jobs (retry_at);
update public.user_jobs j set retry_at = j.finished_at + interval '7 days' where j.finished_at is not null;

create table public.user_job_lines (
  job_id uuid not null references public.user_jobs (id) on delete cascade,
  line integer not null,
  cells jsonb not null,
  given jsonb,
  reason text,
  primary key (job_id, line),
  constraint user_job_lines_judged check (given is not null or reason is not null)
);
-- To find the first line about the same user. Of one column each: the table fills and empties faster than statistics follow,
-- and by an empty one's the planner would walk through all lines of the job, with job_id alone.
create index user_job_lines_email_idx on public.user_job_lines ((job_id::text || lower(given ->> 'email'))) where given is not null;
create index user_job_lines_id_idx on public.user_job_lines ((job_id::text || (given ->> 'id'))) where given ? 'id';
create index user_job_lines_clerk_idx on public.user_job_lines ((job_id::text || (given ->> 'clerk_user_id')))
  where given ? 'clerk_user_id';
create index user_job_lines_refused_idx on public.user_job_lines (job_id, line) where reason is not null;

comment on table public.user_job_lines is 'Lines of imports: those that wait, until they are imported, and those that were refused, as long as the job is kept.';
comment on column public.user_job_lines.line is 'Its number in the file, counted from 1 with the header.';
comment on column public.user_job_lines.cells is 'As the file has them, for the file of refused lines.';
comment on column public.user_job_lines.given is 'The fields as user_import takes them; null when they cannot be read.';
comment on column public.user_job_lines.reason is 'Why it is refused; null while it waits.';

alter table public.user_job_lines enable row level security;
revoke all on public.user_job_lines from anon, authenticated, service_role;

-- A job as it is told: how far it is, and what came of it.
create or replace function public.user_job_told(job public.user_jobs) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', job.id, 'kind', job.kind, 'state', job.state, 'requestedBy', coalesce(job.actor ->> 'name', ''),
    'total', job.total, 'matched', job.matched, 'changed', job.changed,
    'unchanged', job.matched - job.changed - job.created - case job.kind when 'import' then job.refused else 0 end,
    'refused', job.refused, 'error', job.error, 'createdAt', job.created_at, 'finishedAt', job.finished_at)
    || case job.kind
      when 'import' then jsonb_build_object('file', job.input -> 'file', 'created', job.created)
      else jsonb_build_object('change', job.input -> 'change') end;
$$;

-- Whether a job is one that people hear of: an upload is its sender's own affair.
create function public.user_job_started(job public.user_jobs) returns boolean
language sql
immutable
set search_path = ''
as $$
  select job.state not in ('uploading', 'discarded');
$$;

-- Puts down what is to be done to whom ("ids", or everybody who matches "query"; see user_change_many) and how many they
-- are.
create or replace function public.user_job_create(ids text[], query jsonb, change jsonb, total integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.user_jobs as j (kind, actor, input, total)
  values (
    'change',
    public.roster_actor(),
    jsonb_build_object('change', user_job_create.change) || case
      when ids is null then jsonb_build_object('query', user_job_create.query)
      else jsonb_build_object('ids', to_jsonb(array(select distinct i.id from unnest(ids) i(id)))) end,
    case when ids is null then user_job_create.total else (select count(distinct i.id) from unnest(ids) i(id)) end)
  returning public.user_job_told(j);
$$;
alter table public.user_jobs alter column kind drop default;

create or replace function public.user_job_read(job uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select public.user_job_told(j) from public.user_jobs j where j.id = user_job_read.job and public.user_job_started(j);
$$;

-- Those that go on, and those that ended within a day and were not taken off the list; the newest first.
create or replace function public.user_job_list(max_jobs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.user_job_told(j) order by j.created_at desc, j.id), '[]')
  from (
    select l.* from public.user_jobs l
    where public.user_job_started(l)
      and (l.state = 'running' or (l.finished_at > now() - interval '1 day' and l.dismissed_at is null))
    order by l.created_at desc, l.id limit max_jobs
  ) j;
$$;

-- Imports that go on, or have ended and are still kept; the newest first.
create function public.user_import_list(max_jobs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.user_job_told(j) order by j.created_at desc, j.id), '[]')
  from (
    select l.* from public.user_jobs l
    where l.kind = 'import' and public.user_job_started(l)
    order by l.created_at desc, l.id limit max_jobs
  ) j;
$$;

-- Moves when the jobs that are told are other ones.
create function public.user_jobs_mark() returns timestamptz
language sql
stable
set search_path = ''
as $$
  select max(greatest(j.created_at, j.finished_at, j.dismissed_at)) from public.user_jobs j where public.user_job_started(j);
$$;

-- Ends a job between two steps; what is done stays done. Returns the job as it is then, null for one that is unknown.
create or replace function public.user_job_cancel(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_jobs j set
    state = 'cancelled', finished_at = clock_timestamp(), lease_id = null, lease_until = null, retry_at = now()
  where j.id = user_job_cancel.job and j.state = 'running';
  return public.user_job_read(job);
end;
$$;

-- Begins an import of so many lines; "columns": [{"name", "field"}] of the file. Returns its id.
create function public.user_import_create(file text, columns jsonb, total integer) returns uuid
language sql
security definer
set search_path = ''
as $$
  insert into public.user_jobs as j (kind, state, actor, input, total, page_size, retry_at)
  values ('import', 'uploading', public.roster_actor(), jsonb_build_object('file', file, 'columns', columns), total, 1000,
    now() + interval '1 hour')
  returning j.id;
$$;

-- What an import's file is called and its columns are: {"file", "columns"}; null for one that is unknown.
create function public.user_import_read(job uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select j.input from public.user_jobs j where j.id = user_import_read.job and j.kind = 'import' and j.state <> 'discarded';
$$;

-- Refuses lines of an import after a line about whose user another one comes first.
create function public.user_import_refuse_repeated(job uuid, after_line integer) returns void
language sql
set search_path = ''
set enable_seqscan = off -- see the indexes
as $$
  update public.user_job_lines l set reason = r.reason
  from (
    select n.line, case
      when e.line < n.line then format('Line %s has the same e-mail address.', e.line)
      when i.line < n.line then format('Line %s has the same id.', i.line)
      when c.line < n.line then format('Line %s has the same Clerk id.', c.line) end as reason
    from public.user_job_lines n
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given is not null and o.job_id::text || lower(o.given ->> 'email') = n.job_id::text || lower(n.given ->> 'email')) e
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given ? 'id' and o.job_id::text || (o.given ->> 'id') = n.job_id::text || (n.given ->> 'id')) i
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given ? 'clerk_user_id'
        and o.job_id::text || (o.given ->> 'clerk_user_id') = n.job_id::text || (n.given ->> 'clerk_user_id')) c
    where n.job_id = job and n.line > after_line and n.given is not null
  ) r
  where l.job_id = job and l.line > after_line and l.line = r.line and r.reason is not null;
$$;

-- Adds a page of lines, [{"line", "cells", "given" or "reason"}] in the order of the file, behind the first so many of them.
-- A page that has arrived before changes nothing. Returns {"stored"}, or {"problem": "unknown" | "closed" | "elsewhere"}.
create function public.user_import_add(job uuid, behind integer, lines jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
  added constant integer := jsonb_array_length(lines);
  last_line integer;
begin
  select j.* into held from public.user_jobs j where j.id = job and j.kind = 'import' for no key update;
  last_line := coalesce(held.cursor::integer, 0);
  if held.id is null or held.state = 'discarded' then
    return jsonb_build_object('problem', 'unknown');
  elsif held.state <> 'uploading' then
    return jsonb_build_object('problem', 'closed');
  elsif behind + added <= held.stored then
    return jsonb_build_object('stored', held.stored);
  elsif behind <> held.stored or behind + added > held.total or (lines -> 0 ->> 'line')::integer <= last_line then
    return jsonb_build_object('problem', 'elsewhere');
  end if;
  insert into public.user_job_lines (job_id, line, cells, given, reason)
  select held.id, (l.value ->> 'line')::integer, l.value -> 'cells', l.value -> 'given', l.value ->> 'reason'
  from jsonb_array_elements(lines) l;
  perform public.user_import_refuse_repeated(held.id, last_line);
  update public.user_jobs j set
    stored = j.stored + added,
    refused = j.refused + (
      select count(*) from public.user_job_lines l where l.job_id = held.id and l.line > last_line and l.reason is not null),
    cursor = lines -> -1 ->> 'line',
    retry_at = now() + interval '1 hour'
  where j.id = held.id returning j.* into held;
  return jsonb_build_object('stored', held.stored);
end;
$$;

-- Hands an import over to the workers, in the name of whoever asks. Twice is the same as once. Returns the job, or
-- {"problem": "unknown" | "incomplete"}.
create function public.user_import_start(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
begin
  select j.* into held from public.user_jobs j where j.id = job and j.kind = 'import' for no key update;
  if held.id is null or held.state = 'discarded' then
    return jsonb_build_object('problem', 'unknown');
  elsif held.state <> 'uploading' then
    return public.user_job_told(held);
  elsif held.stored < held.total then
    return jsonb_build_object('problem', 'incomplete');
  end if;
  update public.user_jobs j set
    state = 'running', actor = public.roster_actor(), created_at = now(), retry_at = now(), cursor = null, matched = j.refused
  where j.id = held.id returning j.* into held;
  perform public.audit_write('users.import_started', 'users', null, held.input ->> 'file', null,
    jsonb_build_object('lines', held.total));
  return public.user_job_told(held);
end;
$$;

-- Gives up an import that was not started. False for one that is unknown or was started.
create function public.user_import_discard(job uuid) returns boolean
language sql
security definer
set search_path = ''
as $$
  with gone as (
    update public.user_jobs j set state = 'discarded', finished_at = clock_timestamp(), retry_at = now()
    where j.id = user_import_discard.job and j.state = 'uploading' returning 1
  )
  select exists (select from gone);
$$;

-- Lines of an import that were refused, after a line: [{"line", "cells", "reason"}].
create function public.user_import_refused(job uuid, after_line integer, max_lines integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('line', r.line, 'cells', r.cells, 'reason', r.reason) order by r.line), '[]')
  from (
    select l.line, l.cells, l.reason from public.user_job_lines l
    where l.job_id = job and l.line > after_line and l.reason is not null
    order by l.line limit max_lines
  ) r;
$$;

revoke execute on function
  public.user_job_started(public.user_jobs), public.user_import_list(integer), public.user_jobs_mark(),
  public.user_import_create(text, jsonb, integer), public.user_import_read(uuid),
  public.user_import_refuse_repeated(uuid, integer), public.user_import_add(uuid, integer, jsonb),
  public.user_import_start(uuid), public.user_import_discard(uuid), public.user_import_refused(uuid, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function
  public.user_import_list(integer), public.user_import_create(text, jsonb, integer), public.user_import_read(uuid),
  public.user_import_add(uuid, integer, jsonb), public.user_import_start(uuid), public.user_import_discard(uuid),
  public.user_import_refused(uuid, integer, integer)
to service_role;
