-- Who waits, is retried or has failed was collected in one statement for all sites, which read everything of each of them.
-- The matrix asks site by site, and only where there can be some: lists of users and pairs do the same now.

-- Users who may be in a state at a site or anywhere: a superset, to be checked against the status view. Null when there are
-- too many to collect, and for other states: walking through the users finds some at once.
create or replace function public.sync_suspects(wanted text, site uuid) returns text[]
language sql
stable
set search_path = ''
as $$
  select public.sync_suspects_at(coalesce(wanted, ''), case when site is not null then array[site] end);
$$;
