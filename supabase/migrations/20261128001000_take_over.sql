-- Sites that have users already. Nothing is written to one before somebody has said what becomes of its rows: which of them
-- are whose, which become users of the list, and which are left alone.

alter table public.connected_sites
  add column take_over text,
  add column shared boolean not null default false,
  add column owned_tables text[] not null default '{}',
  add constraint connected_sites_take_over_known check (take_over in ('look', 'waiting'));
comment on column public.connected_sites.take_over is
  'look: has to be looked at before the first row is written; waiting: has rows of its own, and is paused until somebody decides; null: nothing stands in the way.';
comment on column public.connected_sites.shared is
  'The table has rows that are not Roster''s: every row is written by its key (see site_row_keys), and none that is not Roster''s is written over.';

comment on column public.connected_sites.owned_tables is
  'Where this site''s users were written before, and nobody else''s (see site_table): whoever comes back there from a mistyped address has nothing to decide.';

-- The database and the table behind a site.
create function public.site_table(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select concat_ws(' ', site.endpoint_url, coalesce(site.mapping ->> 'schema', 'public'), coalesce(site.mapping ->> 'table', 'user_profiles'));
$$;

-- The documented table as a mapping, as DEFAULT_MAPPING in lib/sync/core/mapping.ts has it; but when a row was made is the
-- site's to say, where the row was there before.
create function public.documented_mapping() returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('schema', 'public', 'table', 'user_profiles', 'match', 'id', 'columns', (
    select jsonb_agg(jsonb_build_object(
      'column', c.name, 'from', jsonb_build_object('kind', 'field', 'field', c.name),
      'onlyOnCreate', c.name = 'created_at', 'clearWhenEmpty', true) order by c.n)
    from unnest(array['id', 'clerk_user_id', 'email', 'full_name', 'role', 'team', 'department', 'created_at', 'updated_at'])
      with ordinality c(name, n)));
$$;

-- From which field of a user a mapping takes what identifies a row: id, email or clerk_user_id.
create function public.match_field(mapping jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce((
    select c -> 'from' ->> 'field' from jsonb_array_elements(mapping -> 'columns') c
    where c ->> 'column' = mapping ->> 'match' limit 1), 'id');
$$;

-- Another database or table behind a site has to be looked at first. A table that Roster shares stays one whose rows are
-- written by their keys, also when somebody goes back to the documented columns.
create function public.connected_sites_look() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.generation <> old.generation then
    new.owned_tables := array_remove(old.owned_tables, public.site_table(old));
    if old.credentials_sealed is not null and old.take_over is null and not old.shared then
      new.owned_tables := array_append(new.owned_tables, public.site_table(old));
    end if;
    new.shared := false;
  end if;
  if new.shared and new.mapping is null then
    new.mapping := public.documented_mapping();
  end if;
  if new.kind = 'supabase' and new.credentials_sealed is not null and new.status <> 'disconnecting'
    and (old.credentials_sealed is null or new.generation <> old.generation
      -- But for the mapping that a take-over gives to a site itself.
      or (old.take_over = 'waiting' and new.mapping is distinct from old.mapping and new.shared = old.shared)) then
    new.take_over := case when public.site_table(new) <> all (new.owned_tables) then 'look' end;
    if old.take_over = 'waiting' and old.status = 'paused' then
      new.status := 'active';
    end if;
  end if;
  return new;
end;
$$;
create trigger connected_sites_look before update of credentials_sealed, generation, mapping on public.connected_sites
  for each row when (
    old.credentials_sealed is distinct from new.credentials_sealed or old.generation <> new.generation
    or old.mapping is distinct from new.mapping)
  execute function public.connected_sites_look();

-- What is known of a site's rows, and what is being done about them. A row of this table stays: it is begun anew.
create table public.site_take_overs (
  site_id uuid primary key references public.connected_sites (id),
  phase text not null default 'scan',
  generation integer not null,
  mapping jsonb,
  pass integer not null default 1,
  cursor text not null default '',
  scanned bigint not null default 0,
  unlisted bigint not null default 0,
  groups jsonb not null default '{}',
  decisions jsonb,
  requested_by text,
  decided_by text,
  run_id uuid,
  linked bigint not null default 0,
  imported bigint not null default 0,
  left_alone bigint not null default 0,
  refused bigint not null default 0,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  error_code text,
  error text,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  scanned_at timestamptz,
  decided_at timestamptz,
  finished_at timestamptz,
  constraint site_take_overs_phase_known
    check (phase in ('scan', 'drop', 'ready', 'apply', 'clean', 'done', 'failed', 'forget'))
) with (fillfactor = 50);
create index site_take_overs_open_idx on public.site_take_overs (started_at)
  where phase in ('scan', 'drop', 'apply', 'clean', 'forget');
comment on column public.site_take_overs.phase is
  'scan: the site''s rows are read; drop: those of the pass before that are gone are forgotten; ready: somebody has to decide; apply: being done; clean: rows about which nothing has to be said any more are forgotten.';
comment on column public.site_take_overs.mapping is 'How the rows were read; another one makes them worthless.';
comment on column public.site_take_overs.pass is 'Counts the readings: a decision is applied to what a reading after it finds.';
comment on column public.site_take_overs.unlisted is 'Rows of nobody in the list beyond those that are kept here.';
comment on column public.site_take_overs.groups is 'How many rows are in which group, and how many users are only here.';
comment on column public.site_take_overs.decisions is '{group: link | import | leave}; what is not named is left alone.';

-- The site's rows: those that may be somebody's, and the first hundred thousand that are nobody's.
create table public.site_take_over_rows (
  site_id uuid not null,
  key text not null,
  pass integer not null,
  kind text not null,
  user_id text,
  fields jsonb not null,
  row_at timestamptz,
  reason text,
  problem text,
  decision text,
  decision_user text,
  outcome text,
  why text,
  primary key (site_id, key),
  constraint site_take_over_rows_kind_known
    check (kind in ('ours', 'same_id', 'same_email', 'same_clerk_id', 'only_there', 'conflicting')),
  constraint site_take_over_rows_decision_known check (decision in ('link', 'import', 'leave')),
  constraint site_take_over_rows_outcome_known check (outcome in ('linked', 'imported', 'left', 'refused'))
);
create index site_take_over_rows_kind_idx on public.site_take_over_rows (site_id, kind, key);
create index site_take_over_rows_outcome_idx on public.site_take_over_rows (site_id, outcome, key) where outcome is not null;
comment on column public.site_take_over_rows.key is 'The value of the match column.';
comment on column public.site_take_over_rows.user_id is 'Whose row it may be, when that is one user.';
comment on column public.site_take_over_rows.reason is 'Why a row is conflicting.';
comment on column public.site_take_over_rows.problem is 'Why the row could not become a user of the list.';

-- Who a row may be, and by what.
create table public.site_take_over_matches (
  site_id uuid not null,
  user_id text not null,
  key text not null,
  pass integer not null,
  matched_by text[] not null,
  primary key (site_id, user_id, key)
);
create index site_take_over_matches_key_idx on public.site_take_over_matches (site_id, key);

-- Users whose row at a site was left to the site: they are not sent there, or there would be two of them.
create table public.site_left_users (
  site_id uuid not null,
  user_id text not null,
  generation integer not null,
  key text not null,
  primary key (site_id, user_id)
);

alter table public.site_take_overs enable row level security;
alter table public.site_take_over_rows enable row level security;
alter table public.site_take_over_matches enable row level security;
alter table public.site_left_users enable row level security;
revoke all on public.site_take_overs, public.site_take_over_rows, public.site_take_over_matches, public.site_left_users
  from anon, authenticated, service_role;

-- Addresses with spaces around them, which only SQL can put into the list; all others are found by user_profiles_email_key.
create index user_profiles_untrimmed_email_idx on public.user_profiles (lower(btrim(email, E' \t\r\n')))
  where email <> btrim(email, E' \t\r\n');

-- What is known of a disconnected site's rows is forgotten; by workers, since there may be many.
create function public.site_take_over_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set phase = 'forget', retry_at = now(), lease_id = null, lease_until = null where t.site_id = new.id;
  delete from public.site_left_users l where l.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_take_over_forget after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_take_over_forget();

-- What could not be read with the credentials before is tried again with others.
create function public.site_take_over_retry() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set retry_at = now() where t.site_id = new.id and t.retry_at > now();
  return null;
end;
$$;
create trigger connected_sites_take_over_retry after update of credentials_sealed on public.connected_sites
  for each row when (old.credentials_sealed is distinct from new.credentials_sealed)
  execute function public.site_take_over_retry();

-- Begins to read a site's rows, anew when that was done before.
create function public.take_over_begin(site public.connected_sites, by text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_take_overs as t (site_id, generation, mapping, requested_by)
  values (site.id, site.generation, site.mapping, by)
  on conflict (site_id) do update set
    phase = 'scan', generation = excluded.generation, mapping = excluded.mapping, requested_by = excluded.requested_by,
    pass = t.pass + 1, cursor = '', scanned = 0, unlisted = 0, groups = '{}', decisions = null, decided_by = null, run_id = null,
    linked = 0, imported = 0, left_alone = 0, refused = 0, failures = 0, retry_at = now(), error_code = null, error = null,
    lease_id = null, lease_worker = null, lease_until = null,
    started_at = clock_timestamp(), scanned_at = null, decided_at = null, finished_at = null;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- A worker has looked whether a leased site has rows, before it writes there for the first time. Where there are some, the
-- site waits for a decision. Returns whether the worker may write.
create function public.sync_looked(site uuid, lease uuid, has_rows boolean) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() for no key update;
  if not found then
    return false;
  elsif target.take_over is null then
    return true;
  elsif not has_rows then
    update public.connected_sites s set take_over = null where s.id = site;
    return true;
  end if;
  update public.connected_sites s set take_over = 'waiting', status = 'paused',
    lease_id = null, lease_worker = null, lease_until = now(), updated_at = now()
  where s.id = site;
  if not exists (
    select from public.site_take_overs t
    where t.site_id = site and t.generation = target.generation and t.mapping is not distinct from target.mapping
      and t.phase not in ('done', 'failed', 'forget')
  ) then
    perform public.take_over_begin(target, null);
  end if;
  return false;
end;
$$;

-- A leased site as a worker gets it, with what is needed to reach it. One that is being disconnected has its rows deleted.
create or replace function public.sync_leased_site(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', site.lease_id,
    'disconnecting', site.status = 'disconnecting',
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'look', site.take_over is not null and site.status <> 'disconnecting',
    'inspect', site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', case when site.status = 'disconnecting' then 'delete' else site.removal_policy end,
    'removalColumn', case when site.status <> 'disconnecting' then site.removal_column end,
    'failures', site.failures, 'mapping', site.mapping, 'shared', site.shared);
$$;

-- Users who were left to a site are outside of it: their claims carry nothing to be written.
create function public.sync_claims_leave() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  left_there text[];
begin
  if not exists (select from public.site_left_users l where l.site_id = new.site_id) then
    return new;
  end if;
  select array_agg(l.user_id) into left_there
  from public.site_left_users l
  join public.connected_sites s on s.id = l.site_id and s.generation = l.generation
  join unnest(new.user_ids, new.upserts) t(id, upsert) on t.id = l.user_id and t.upsert
  where l.site_id = new.site_id;
  if left_there is not null then
    new.outside := left_there;
    new.upserts := array(
      select t.upsert and t.id <> all (left_there)
      from unnest(new.user_ids, new.upserts) with ordinality t(id, upsert, n) order by n);
  end if;
  return new;
end;
$$;
create trigger sync_claims_leave before insert on public.sync_claims
  for each row execute function public.sync_claims_leave();

-- As before; who was left to the site is outside already.
create or replace function public.sync_claim_scope(claimed public.sync_claims, scope jsonb, users json) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  strangers text[];
begin
  execute 'select array_agg(u.id) from rows from (unnest($1), json_array_elements_text($2 -> ''email''),
      json_array_elements_text($2 -> ''role''), json_array_elements_text($2 -> ''team''),
      json_array_elements_text($2 -> ''department''), json_array_elements_text($2 -> ''status''))
      u(id, email, role, team, department, status)
    where u.status = ''active'' and not ' || public.scope_condition(scope) into strangers using claimed.user_ids, users;
  if strangers is null then
    return users;
  end if;
  update public.sync_claims c set
    outside = coalesce(c.outside, '{}') || strangers,
    upserts = array(
      select t.upsert and t.id <> all (strangers) from unnest(c.user_ids, c.upserts) with ordinality t(id, upsert, n) order by n)
  where c.id = claimed.id;
  return users;
end;
$$;

-- As before; but at a shared site the row may be the site's own, which a worker then tells by what it holds.
create or replace function public.sync_mark_in_doubt(site uuid, ids text[], upserts boolean[], runs uuid[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select d.id, s.id, nextval('public.sync_version_seq'), s.generation, d.upsert and not s.shared, d.run
  from (
    select id, bool_or(upsert) as upsert, (array_agg(run))[1] as run
    from unnest(ids, upserts, runs) t(id, upsert, run) group by id
  ) d
  cross join public.connected_sites s
  where s.id = site
  order by d.id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    synced_version = case when p.generation = excluded.generation then p.synced_version else 0 end,
    generation = excluded.generation,
    written = excluded.written or (p.written and (p.generation = excluded.generation
      or (select s.kind from public.connected_sites s where s.id = site) = 'webhook')),
    row_updated_at = null,
    run_id = coalesce(p.run_id, excluded.run_id),
    status = case when p.desired_version > p.synced_version then p.status else 'pending' end,
    due_at = case when p.desired_version > p.synced_version then p.due_at else now() end,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end;
$$;

-- As before; at a shared site none but rows that Roster has written there.
create or replace function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  ours text[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
  if not found then
    return '[]';
  end if;
  if target.removal_guard and target.removal_policy = 'delete'
    and exists (select from public.sync_removals_open(target, users) o where o.state is null) then
    perform public.sync_removals_decide(target, users);
  end if;
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  where (not target.shared or exists (select from public.user_sync_state p
      where p.site_id = site and p.user_id = h.id and p.written and p.generation = target.generation))
    and ((exists (select from public.user_profiles u where u.id = h.id and u.status = 'active')
      -- Roster would not put the row of somebody outside the scope right again.
      and not exists (select from public.user_sync_state p where p.site_id = site and p.user_id = h.id and p.status = 'out_of_scope'))
    or (target.removal_policy = 'delete'
      and exists (select from public.user_sync_state p where p.site_id = site and p.user_id = h.id and p.written)
      and (not target.removal_guard
        or not exists (select from public.sync_removals_open(target, array[h.id])))));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;

-- A batch in columns: {"kind": "users", "claimId", "userIds", "triggers", "attempts", "runIds", "written", "users": {column:
-- values}}, all arrays in the same order. Active users who are outside the site have the status out_of_scope.
create or replace function public.sync_claimed(claim_id uuid, c public.sync_claims, written boolean[], users json) returns json
language plpgsql
volatile
set search_path = ''
as $$
declare
  outside constant text[] := (select k.outside from public.sync_claims k where k.id = claim_id);
begin
  if outside is not null then
    users := users::jsonb || jsonb_build_object('status', (
      select jsonb_agg(case when t.id = any (outside) and t.status = 'active' then 'out_of_scope' else t.status end order by t.n)
      from rows from (unnest(c.user_ids), json_array_elements_text(users -> 'status')) with ordinality t(id, status, n)));
  end if;
  return json_build_object('kind', 'users', 'claimId', claim_id, 'userIds', c.user_ids, 'triggers', c.triggers,
    'attempts', c.attempts, 'runIds', c.run_ids, 'written', written, 'users', users);
end;
$$;

revoke execute on function
  public.site_table(public.connected_sites), public.documented_mapping(), public.match_field(jsonb), public.connected_sites_look(), public.site_take_over_forget(),
  public.site_take_over_retry(),
  public.take_over_begin(public.connected_sites, text), public.sync_looked(uuid, uuid, boolean), public.sync_claims_leave()
from public, anon, authenticated, service_role;
grant execute on function public.sync_looked(uuid, uuid, boolean) to service_role;
