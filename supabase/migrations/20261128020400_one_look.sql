-- A full sync that skips looks at each user once: a second scan for the end of a step took 0.5 µs a user.

-- As before, in one scan. How far the next page of a full sync that skips goes: to the user at whom it has max_users to send, or over so many users
-- as are looked at in one step. `users`: how many that are where none is to be sent, else null.
create or replace function public.sync_page_end(
  target public.connected_sites, full_run public.sync_run_sites, after text, max_users integer, looked_at integer,
  out last text, out users bigint
)
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  stale text[];
begin
  select max(s.id), count(*), coalesce(array_agg(s.id) filter (where not s.fresh), '{}') into last, users, stale
  from (
    select u.id, public.sync_is_fresh(p, target.generation, full_run, u.updated_at) as fresh
    from (
      select id, updated_at from public.user_profiles where status = 'active' and id > after order by id limit looked_at
    ) u
    left join lateral (
      select * from public.user_sync_state x where x.user_id = u.id and x.site_id = target.id offset 0
    ) p on true
    offset 0
  ) s;
  if stale <> '{}' then
    users := null;
    last := case when cardinality(stale) > max_users then stale[max_users] else last end;
  end if;
end;
$$;
