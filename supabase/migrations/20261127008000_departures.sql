-- Who left the list, and what becomes of that at each site. A mistake that removes hundreds of users is not repeated at
-- the sites: the removal guard holds it back until somebody has looked.

-- Users who are inactive or gone, since they were active last. One row is one departure: `departed_at` tells it from an
-- earlier one of the same user.
create table public.user_departures (
  user_id text primary key,
  departed_at timestamptz not null default clock_timestamp(),
  before jsonb not null,
  after jsonb not null
);
comment on column public.user_departures.before is 'The fields that the departure changed, as they were; status is always among them.';
comment on column public.user_departures.after is 'The same fields as the departure left them, none when the row was deleted.';
create index user_departures_departed_at_idx on public.user_departures (departed_at);

-- What was decided about a departure at a site that has the user's row.
create table public.site_removals (
  site_id uuid not null,
  user_id text not null,
  departed_at timestamptz not null,
  state text not null,
  since timestamptz not null default now(),
  constraint site_removals_pkey primary key (site_id, user_id),
  constraint site_removals_state_known check (state in ('allowed', 'held', 'approved'))
);
comment on column public.site_removals.state is 'allowed: within what the site may lose in an hour; held: not, waits for a person; approved: by a person.';
-- How many of the last hour.
create index site_removals_since_idx on public.site_removals (site_id, since) where state in ('allowed', 'held');
create index site_removals_held_idx on public.site_removals (site_id, user_id) where state = 'held';

alter table public.user_departures enable row level security;
alter table public.site_removals enable row level security;
revoke all on public.user_departures, public.site_removals from anon, authenticated, service_role;
grant select on public.user_departures, public.site_removals to service_role;

alter table public.connected_sites
  add column removal_guard boolean not null default true,
  add column removal_guard_percent integer not null default 5,
  add column removal_guard_at_least integer not null default 5,
  add constraint connected_sites_removal_guard_percent_valid check (removal_guard_percent between 0 and 100),
  add constraint connected_sites_removal_guard_at_least_valid check (removal_guard_at_least between 0 and 1000000);
comment on column public.connected_sites.removal_guard is
  'Removals are held when more than removal_guard_percent of the site''s users, and more than removal_guard_at_least, would go within an hour.';

alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known
    check (status in (
      'pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'held', 'out_of_scope', 'different', 'missing', 'extra'));
create index user_sync_state_held_idx on public.user_sync_state (site_id, user_id) where status = 'held';

-- Notes who left and who came back, whoever did it and however many at once.
create function public.user_departures_note() returns trigger
language plpgsql
security definer -- whoever may write users may have it noted
set search_path = ''
as $$
begin
  if tg_op <> 'DELETE' then
    delete from public.user_departures d using new_rows n where d.user_id = n.id and n.status = 'active';
  end if;
  if tg_op = 'INSERT' then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    insert into public.user_departures (user_id, before, after)
    select c.id, public.audit_changed(c.old, c.new), public.audit_changed(c.new, c.old)
    from (
      select n.id, public.user_profiles_fields(o) as old, public.user_profiles_fields(n) as new
      from old_rows o join new_rows n on n.id = o.id
      where o.status = 'active' and n.status <> 'active'
    ) c
    on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
  end if;
  -- Deleted, or under another id from now on.
  insert into public.user_departures (user_id, before, after)
  select o.id, '{"status": "active"}', '{}' from old_rows o
  where o.status = 'active' and not exists (select from public.user_profiles u where u.id = o.id)
  on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
  return null;
end;
$$;

-- Their names come after user_profiles_after_*, and so do they: a departure is later than the message that announces it,
-- see sync_removals_undecided.
create trigger user_profiles_departures_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_departures_note();
create trigger user_profiles_departures_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_departures_note();
create trigger user_profiles_departures_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_departures_note();
alter table public.user_profiles enable always trigger user_profiles_departures_insert;
alter table public.user_profiles enable always trigger user_profiles_departures_update;
alter table public.user_profiles enable always trigger user_profiles_departures_delete;

-- Who is gone already, and where that is settled already.
insert into public.user_departures (user_id, departed_at, before, after)
select u.id, u.updated_at, '{"status": "active"}'::jsonb, '{"status": "inactive"}'::jsonb from public.user_profiles u where u.status <> 'active'
union all
select d.id, d.deleted_at, '{"status": "active"}', '{}' from public.deleted_users d;
insert into public.site_removals (site_id, user_id, departed_at, state)
select p.site_id, p.user_id, d.departed_at, 'approved'
from public.user_sync_state p join public.user_departures d on d.user_id = p.user_id
where p.written and p.desired_version <= p.synced_version;

-- A new removal policy is applied to those who left before, because somebody said so. What is undecided stays so.
create function public.site_removals_of_policy() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_removals (site_id, user_id, departed_at, state)
  select new.id, p.user_id, d.departed_at, 'approved'
  from public.user_sync_state p join public.user_departures d on d.user_id = p.user_id
  where p.site_id = new.id and p.written and p.status in ('removed', 'kept') and p.desired_version <= p.synced_version
  order by p.user_id
  on conflict (site_id, user_id) do update set departed_at = excluded.departed_at, state = 'approved', since = now();
  return null;
end;
$$;
create trigger connected_sites_removals after update of removal_policy on public.connected_sites
  for each row when (old.removal_policy is distinct from new.removal_policy)
  execute function public.site_removals_of_policy();

revoke execute on function public.user_departures_note(), public.site_removals_of_policy()
from public, anon, authenticated, service_role;
