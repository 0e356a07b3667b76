-- Counts for the dashboard, and making the list win over newer rows at the sites.

-- Makes the list as it stands the newest there is, page by page in the order of ids: every user is sent to every site
-- again and wins over whatever newer row is there. For a central database that was restored from an older backup.
-- Returns the id to go on after, null at the end.
create function public.sync_assert_page(after text, page_size integer) returns text
language sql
security definer
set search_path = ''
as $$
  with page as (
    select u.id from public.user_profiles u where u.id > coalesce(after, '') order by u.id limit page_size
  ), touched as (
    update public.user_profiles u set
      version = u.version + 1,
      updated_at = greatest(u.updated_at, (
        select max(n.site_updated_at) + interval '1 microsecond' from public.site_newer_rows n where n.user_id = u.id))
    from page where u.id = page.id
    returning u.id
  )
  select max(id) from touched;
$$;

-- The end of asserting the list: what was noticed is dealt with. With remove_unknown the rows that sites were seen to
-- have of users whom the list does not know, written since the list's last sync, are removed there.
-- Returns how many such rows there are.
create function public.sync_assert_finish(remove_unknown boolean) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  unknown bigint;
begin
  -- In the order in which workers lock: the site before its rows.
  perform from public.connected_sites s where s.disconnected_at is null order by s.id for no key update;
  -- Where no known row is newer, unknown ones are users of the site's own: nobody was told of them, nobody meant them.
  delete from public.site_newer_rows n
  where not exists (select from public.site_newer_rows k where k.site_id = n.site_id and k.known);
  if remove_unknown then
    insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written)
    select n.user_id, n.site_id, nextval('public.sync_version_seq'), s.generation, true
    from public.site_newer_rows n join public.connected_sites s on s.id = n.site_id
    where not n.known and not exists (select from public.user_profiles u where u.id = n.user_id)
    order by n.user_id, n.site_id -- as sync_mark_dirty does, or the two could deadlock
    on conflict (user_id, site_id) do update set
      desired_version = excluded.desired_version, written = true, status = 'pending', due_at = now(), attempts = 0;
  end if;
  select count(*) into unknown from public.site_newer_rows n where not n.known;
  delete from public.site_newer_rows;
  update public.connected_sites s set inspected_at = null where s.disconnected_at is null;
  return unknown;
end;
$$;

-- Counts for the dashboard's first page and header.
create function public.sync_overview() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'users', (
      select jsonb_build_object(
        'active', count(*) filter (where u.status = 'active'), 'inactive', count(*) filter (where u.status = 'inactive'))
      from public.user_profiles u
    ),
    'sites', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'siteId', s.id, 'site', s.name, 'pending', coalesce(c.pending, 0), 'synced', coalesce(c.synced, 0),
        'removed', coalesce(c.removed, 0), 'retrying', coalesce(c.retrying, 0), 'failed', coalesce(c.failed, 0),
        'oldestPendingAt', c.oldest
      ) order by lower(s.name)), '[]')
      from public.connected_sites s
      left join (
        select v.site_id,
          count(*) filter (where v.status = 'pending') as pending,
          count(*) filter (where v.status = 'synced') as synced,
          count(*) filter (where v.status in ('removed', 'kept')) as removed,
          count(*) filter (where v.status = 'retrying') as retrying,
          count(*) filter (where v.status = 'failed') as failed,
          min(v.waiting_since) as oldest
        from public.user_sync_status v group by v.site_id
      ) c on c.site_id = s.id and s.credentials_sealed is not null
      where s.disconnected_at is null
    ),
    'newerRows', (
      select coalesce(jsonb_agg(jsonb_build_object('siteId', n.site_id, 'site', s.name, 'known', n.known, 'unknown', n.unknown)), '[]')
      from (
        select site_id, count(*) filter (where known) as known, count(*) filter (where not known) as unknown
        from public.site_newer_rows group by site_id having bool_or(known)
      ) n join public.connected_sites s on s.id = n.site_id and s.disconnected_at is null
    ),
    'waitingChanges', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'runId', (
      select r.id from public.sync_runs r
      where r.finished_at is null and r.kind <> 'user' order by r.started_at desc limit 1
    )
  );
$$;

revoke execute on function
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_overview()
from public, anon, authenticated;
grant execute on function
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_overview()
to service_role;
