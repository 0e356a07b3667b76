-- Where users stand over all sites, for a page of them at once: [{"userId", "states": {status: how many sites}}]; users who
-- are nowhere are left out. Small whatever the number of sites, where the matrix has a cell for each.
create function public.sync_summaries(user_ids text[]) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('userId', s.user_id, 'states', s.states)), '[]')
  from (
    select c.user_id, jsonb_object_agg(c.status, c.sites) as states
    from (
      select v.user_id, v.status, count(*) as sites
      from public.user_sync_status v where v.user_id = any (user_ids) group by 1, 2
    ) c
    group by 1
  ) s;
$$;
revoke execute on function public.sync_summaries(text[]) from public, anon, authenticated;
grant execute on function public.sync_summaries(text[]) to service_role;
