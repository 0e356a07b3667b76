-- The master list of users, and the news of every change to it.
-- Only the server, with the secret key, reads and writes: row level security is on everywhere, without policies.

create extension if not exists pgmq;

-- Changes waiting to be fanned out. A message is {"ids": [user ids]}: what changed, not how; the row itself is the truth.
select pgmq.create('user_changes')
where not exists (select from pgmq.meta where queue_name = 'user_changes');

alter table pgmq.q_user_changes enable row level security;
alter table pgmq.a_user_changes enable row level security;

create table public.user_profiles (
  id text primary key default gen_random_uuid()::text,
  clerk_user_id text not null,
  email text not null,
  full_name text,
  role text not null default 'user',
  team text,
  department text,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version bigint not null default 1,
  constraint user_profiles_clerk_user_id_key unique (clerk_user_id),
  constraint user_profiles_id_present check (id <> ''),
  constraint user_profiles_email_present check (email <> ''),
  constraint user_profiles_status_known check (status in ('active', 'inactive'))
);

create unique index user_profiles_email_key on public.user_profiles (lower(email));
-- The dashboard lists the newest first.
create index user_profiles_created_at_idx on public.user_profiles (created_at desc, id desc);

comment on table public.user_profiles is 'The one list of users. Every row is put into every connected site.';
comment on column public.user_profiles.clerk_user_id is 'The id itself when there is no Clerk.';
comment on column public.user_profiles.updated_at is 'Set by trigger; never goes backwards for a row, so a site can refuse a late retry by it.';
comment on column public.user_profiles.version is 'Raised by trigger when anything changes that sites receive.';

-- Last rows of users that were deleted by SQL: sites may still have them, and the log and the status view name them.
create table public.deleted_users (
  id text primary key,
  clerk_user_id text not null,
  email text not null,
  full_name text,
  role text not null,
  team text,
  department text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz not null default now()
);

alter table public.user_profiles enable row level security;
alter table public.deleted_users enable row level security;
revoke all on public.user_profiles, public.deleted_users from anon, authenticated;
grant select, insert, update, delete on public.user_profiles to service_role;
grant select on public.deleted_users to service_role;

-- Stamps a row: version and updated_at move when, and only when, something changed that sites receive.
create function public.user_profiles_stamp() returns trigger
language plpgsql
security definer -- reads deleted_users, which the writer need not be allowed to
set search_path = ''
as $$
begin
  new.clerk_user_id := coalesce(new.clerk_user_id, new.id);
  if tg_op = 'INSERT' then
    new.version := 1;
    new.updated_at := greatest(
      new.updated_at,
      clock_timestamp(),
      -- An id that comes back must be newer than anything a site may still have of it.
      (select d.updated_at + interval '1 microsecond' from public.deleted_users d where d.id = new.id)
    );
  elsif (new.id, new.clerk_user_id, new.email, new.full_name, new.role, new.team, new.department, new.status, new.created_at)
     is distinct from
        (old.id, old.clerk_user_id, old.email, old.full_name, old.role, old.team, old.department, old.status, old.created_at)
    -- "set version = version + 1" says: this row as it is, again, newer than whatever a site has; see sync_assert_page.
    or new.version > old.version
  then
    new.updated_at := greatest(
      clock_timestamp(),
      old.updated_at + interval '1 microsecond',
      case when new.version > old.version then new.updated_at end
    );
    new.version := old.version + 1;
  else
    new.version := old.version;
    new.updated_at := old.updated_at;
  end if;
  return new;
end;
$$;

-- Sends ids to the queue in the caller's transaction, 500 a message: an edit is one insert however many sites there are.
create function public.user_profiles_send(ids text[]) returns void
language sql
security definer -- whoever may write users may announce it
set search_path = ''
as $$
  select pgmq.send_batch('user_changes', array_agg(jsonb_build_object('ids', chunk.ids)))
  from (
    select jsonb_agg(numbered.id) as ids
    from (select id, (row_number() over () - 1) / 500 as chunk from unnest(ids) id) numbered
    group by numbered.chunk
  ) chunk
  having count(*) > 0;
$$;

-- Keeps the last rows of users that are going. A removal is newer than anything sent before it.
create function public.user_profiles_bury(gone public.user_profiles[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.deleted_users (id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)
  select g.id, g.clerk_user_id, g.email, g.full_name, g.role, g.team, g.department, g.created_at,
    greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
  from unnest(gone) g
  on conflict (id) do update set
    clerk_user_id = excluded.clerk_user_id, email = excluded.email, full_name = excluded.full_name, role = excluded.role,
    team = excluded.team, department = excluded.department, created_at = excluded.created_at,
    updated_at = excluded.updated_at, deleted_at = now();
$$;

create function public.user_profiles_after_insert() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.deleted_users d using new_rows n where d.id = n.id;
  perform public.user_profiles_send(array(select id from new_rows));
  return null;
end;
$$;

create function public.user_profiles_after_update() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- A changed id is two changes: the new id appears, the old one goes.
  perform public.user_profiles_bury(array(
    select o::public.user_profiles from old_rows o where not exists (select from public.user_profiles u where u.id = o.id)
  ));
  delete from public.deleted_users d using new_rows n where d.id = n.id;
  perform public.user_profiles_send(array(
    select n.id from new_rows n left join old_rows o on o.id = n.id where o.version is distinct from n.version
    union
    select o.id from old_rows o left join new_rows n on n.id = o.id where n.id is null
  ));
  return null;
end;
$$;

create function public.user_profiles_after_delete() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.user_profiles_bury(array(select o::public.user_profiles from old_rows o));
  perform public.user_profiles_send(array(select id from old_rows));
  return null;
end;
$$;

-- TRUNCATE shows a trigger no rows, so its removals could not be recorded: it is refused instead of being lost.
create function public.user_profiles_refuse_truncate() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'user_profiles cannot be truncated: the sites would not be told'
    using hint = 'Use "delete from user_profiles", or set status to inactive.';
end;
$$;

create trigger user_profiles_stamp before insert or update on public.user_profiles
  for each row execute function public.user_profiles_stamp();
create trigger user_profiles_after_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_profiles_after_insert();
create trigger user_profiles_after_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_profiles_after_update();
create trigger user_profiles_after_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_profiles_after_delete();
create trigger user_profiles_refuse_truncate before truncate on public.user_profiles
  for each statement execute function public.user_profiles_refuse_truncate();

-- "Always": also for sessions that replicate or restore with session_replication_role = replica.
alter table public.user_profiles enable always trigger user_profiles_stamp;
alter table public.user_profiles enable always trigger user_profiles_after_insert;
alter table public.user_profiles enable always trigger user_profiles_after_update;
alter table public.user_profiles enable always trigger user_profiles_after_delete;

revoke execute on function
  public.user_profiles_stamp(),
  public.user_profiles_send(text[]),
  public.user_profiles_bury(public.user_profiles[]),
  public.user_profiles_after_insert(),
  public.user_profiles_after_update(),
  public.user_profiles_after_delete(),
  public.user_profiles_refuse_truncate()
from public, anon, authenticated;
