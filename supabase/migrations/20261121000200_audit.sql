-- Who changed what, when and from where. Written by triggers and functions in the transaction of the change itself, so
-- there is no change without its line and no line without its change.

create table public.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor_kind text not null,
  actor_id text,
  actor_name text,
  action text not null,
  target_kind text not null,
  target_id text,
  target_name text,
  before jsonb,
  after jsonb,
  address text,
  request_id text
);
-- Measured: with these, the lines of ten thousand users cost their insert 10 to 20 % of its time. Users have random ids,
-- so an index on those is the dearest part.
create index audit_log_actor_idx on public.audit_log (actor_id, id desc) where actor_id is not null;
create index audit_log_target_idx on public.audit_log (target_id);
-- Lines come in the order of time: this costs nothing.
create index audit_log_at_idx on public.audit_log using brin (at) with (pages_per_range = 32, autosummarize = on);

comment on table public.audit_log is 'Never changed and never shortened by Roster; no foreign key takes a line away.';
comment on column public.audit_log.before is 'What was there, of the fields that changed; never a secret. Null when something is new.';
comment on column public.audit_log.address is 'The client''s IP address; null when it is not known, as for work in the database itself.';

alter table public.audit_log enable row level security;
-- Reading is all that the server may do, also with its secret key.
revoke all on public.audit_log from anon, authenticated, service_role;
grant select on public.audit_log to service_role;

-- Fields of `old` that are another in `new`.
create function public.audit_changed(old jsonb, new jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(o.key, o.value), '{}') from jsonb_each(old) o where o.value is distinct from new -> o.key;
$$;

-- Writes one line.
create function public.audit_write(
  action text, target_kind text, target_id text, target_name text, before jsonb default null, after jsonb default null
) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.audit_log (
    actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, before, after, address, request_id)
  select a.actor ->> 'kind', a.actor ->> 'id', a.actor ->> 'name',
    audit_write.action, audit_write.target_kind, audit_write.target_id, audit_write.target_name,
    nullif(audit_write.before, '{}'), nullif(audit_write.after, '{}'), a.actor ->> 'address', a.actor ->> 'requestId'
  from (select public.roster_actor() as actor) a;
$$;

-- What is written down of a user: what sites receive.
create function public.user_profiles_fields(one public.user_profiles) returns jsonb
language sql
immutable
set search_path = ''
as $$
  -- Twice as fast as jsonb_build_object.
  select jsonb_object(
    array['email', 'full_name', 'role', 'team', 'department', 'status', 'clerk_user_id'],
    array[one.email, one.full_name, one.role, one.team, one.department, one.status, one.clerk_user_id]);
$$;

-- A line for each user, also for ten thousand at once.
create function public.user_profiles_audit() returns trigger
language plpgsql
security definer -- whoever may write users may have it written down
set search_path = ''
as $$
declare
  actor jsonb := public.roster_actor();
  by_kind text := actor ->> 'kind';
  by_id text := actor ->> 'id';
  by_name text := actor ->> 'name';
  from_address text := actor ->> 'address';
  in_request text := actor ->> 'requestId';
begin
  if tg_op = 'INSERT' then
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, after)
    select by_kind, by_id, by_name, from_address, in_request, 'user.created', 'user', n.id, n.email,
      -- user_profiles_fields(n), spelled out: ten thousand calls of a function take as long as all the rest.
      jsonb_object(
        array['email', 'full_name', 'role', 'team', 'department', 'status', 'clerk_user_id'],
        array[n.email, n.full_name, n.role, n.team, n.department, n.status, n.clerk_user_id])
    from new_rows n;
  elsif tg_op = 'DELETE' then
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, before)
    select by_kind, by_id, by_name, from_address, in_request, 'user.deleted', 'user', o.id, o.email,
      public.user_profiles_fields(o)
    from old_rows o;
  else
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, before, after)
    select by_kind, by_id, by_name, from_address, in_request, 'user.updated', 'user', c.id, c.email,
      public.audit_changed(c.old, c.new), public.audit_changed(c.new, c.old)
    from (
      select n.id, n.email, public.user_profiles_fields(o) as old, public.user_profiles_fields(n) as new
      from new_rows n join old_rows o on o.id = n.id
      union all
      -- A changed id is two changes, as it is for the sites: the old one goes, the new one appears.
      select n.id, n.email, '{}', public.user_profiles_fields(n) || jsonb_build_object('id', n.id)
      from new_rows n where not exists (select from old_rows o where o.id = n.id)
      union all
      select o.id, o.email, public.user_profiles_fields(o) || jsonb_build_object('id', o.id), '{}'
      from old_rows o where not exists (select from new_rows n where n.id = o.id)
    ) c
    where c.old <> c.new;
  end if;
  return null;
end;
$$;

create trigger user_profiles_audit_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_profiles_audit();
create trigger user_profiles_audit_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_profiles_audit();
create trigger user_profiles_audit_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_profiles_audit();

revoke execute on function
  public.audit_changed(jsonb, jsonb),
  public.audit_write(text, text, text, text, jsonb, jsonb),
  public.user_profiles_fields(public.user_profiles),
  public.user_profiles_audit()
from public, anon, authenticated, service_role;
