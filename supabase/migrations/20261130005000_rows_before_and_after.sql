-- A session keeps the plans of its triggers. One that had edited one user compared each row before a statement with each row
-- after it: 4,000 users by one statement took 17 s, and would have run into the 8 s of hosted projects; now they take 1 s. What was
-- and what is are brought together by sorting, and other tables are looked up by their keys, whatever came first.

create or replace function public.user_profiles_after_update() returns trigger
language plpgsql
security definer
set search_path = ''
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  gone constant text[] := array(select o.id from old_rows o except select n.id from new_rows n);
begin
  -- A changed id is two changes: the new id appears, the old one goes.
  if gone <> '{}' then
    perform public.user_profiles_bury(array(
      select o::public.user_profiles from old_rows o
      where o.id = any (gone) and not exists (select from public.user_profiles u where u.id = o.id)
    ));
  end if;
  delete from public.deleted_users d using new_rows n where d.id = n.id;
  perform public.user_profiles_send(gone || array(
    select c.id from (select n.id, n.version from new_rows n except select o.id, o.version from old_rows o) c
  ));
  return null;
end;
$$;

-- A line for each user, also for ten thousand at once.
create or replace function public.user_profiles_audit() returns trigger
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
      -- A changed id is two changes, as it is for the sites: the old one goes, the new one appears.
      select r.id, r.email,
        case when r.is_new then coalesce(r.was, '{}') else r.fields || jsonb_build_object('id', r.id) end as old,
        case when r.was is not null then r.fields when r.is_new then r.fields || jsonb_build_object('id', r.id) else '{}' end as new
      from (
        select x.*, lag(x.fields) over one_user as was, lead(x.id) over one_user is not null as is_replaced
        from (
          select o.id, o.email, false as is_new, public.user_profiles_fields(o) as fields from old_rows o
          union all
          select n.id, n.email, true, public.user_profiles_fields(n) from new_rows n
        ) x
        window one_user as (partition by x.id order by x.is_new)
      ) r
      where not r.is_replaced
    ) c
    where c.old <> c.new;
  end if;
  return null;
end;
$$;

-- Notes who left and who came back, whoever did it and however many at once. What a deleted user was is kept, for who comes back
-- under the same id.
create or replace function public.user_departures_note() returns trigger
language plpgsql
security definer -- whoever may write users may have it noted
set search_path = ''
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if tg_op <> 'DELETE' then
    delete from public.user_departures d using new_rows n where d.user_id = n.id and n.status = 'active';
  end if;
  if tg_op = 'INSERT' then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if exists (select from new_rows n where n.status <> 'active') then
      -- In the order of their ids, each is beside what it was.
      insert into public.user_departures (user_id, before, after)
      select c.id, public.audit_changed(c.was, c.fields), public.audit_changed(c.fields, c.was)
      from (
        select x.id, x.fields, lag(x.fields) over (partition by x.id order by x.is_new) as was
        from (
          select o.id, false as is_new, public.user_profiles_fields(o) as fields from old_rows o where o.status = 'active'
          union all
          select n.id, true, public.user_profiles_fields(n) from new_rows n where n.status <> 'active'
        ) x
      ) c
      where c.was is not null
      on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
    end if;
  end if;
  -- Deleted, or under another id from now on.
  insert into public.user_departures (user_id, before, after)
  select o.id, public.user_profiles_fields(o), '{}' from old_rows o
  where o.status = 'active' and not exists (select from public.user_profiles u where u.id = o.id)
  on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
  return null;
end;
$$;

alter function public.user_profiles_after_insert() set enable_hashjoin = off;
alter function public.user_profiles_after_insert() set enable_mergejoin = off;
