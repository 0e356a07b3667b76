-- Sites whose table is another than the documented one.

alter table public.connected_sites
  add column mapping jsonb,
  add constraint connected_sites_mapping_object check (mapping is null or jsonb_typeof(mapping) = 'object'),
  add constraint connected_sites_mapping_of_supabase check (mapping is null or kind = 'supabase');
comment on column public.connected_sites.mapping is 'Where and how users are written there, see lib/sync/core/mapping.ts; null: the documented table.';

-- Under which value of the match column a user's row stands at a site, where it need not be the user's id: the value
-- that identifies a row may change in the list (an e-mail address), and a row may have been the site's own before.
create table public.site_row_keys (
  site_id uuid not null,
  user_id text not null,
  generation integer not null,
  key text not null,
  constraint site_row_keys_pkey primary key (site_id, user_id),
  constraint site_row_keys_one_owner unique (site_id, generation, key)
);
comment on table public.site_row_keys is 'Of another generation of the site a key counts no longer.';
alter table public.site_row_keys enable row level security;
revoke all on public.site_row_keys from anon, authenticated, service_role;
grant select on public.site_row_keys to service_role;

create function public.site_row_keys_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.site_row_keys k where k.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_forget_row_keys after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_row_keys_forget();

-- The keys of these users at a leased site, and which users have these keys there:
-- {"own": {user id: key}, "held": {key: user id}}, or null when the lease is no longer the caller's.
create function public.sync_row_keys(site uuid, lease uuid, users text[], keys text[]) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'own', coalesce((
      select jsonb_object_agg(k.user_id, k.key) from public.site_row_keys k
      where k.site_id = s.id and k.generation = s.generation and k.user_id = any (users)), '{}'),
    'held', coalesce((
      select jsonb_object_agg(k.key, k.user_id) from public.site_row_keys k
      where k.site_id = s.id and k.generation = s.generation and k.key = any (keys)), '{}'))
  from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
$$;

-- Records under which keys rows stand at a leased site: [{"userId", "key"}], key null when the row is gone. A key has
-- one owner: the last one to be recorded. False when the lease is no longer the caller's.
create function public.sync_record_row_keys(site uuid, lease uuid, recorded jsonb) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  present integer;
begin
  select s.generation into present from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() for no key update;
  if not found then
    return false;
  end if;
  delete from public.site_row_keys k using jsonb_to_recordset(recorded) r("userId" text, key text)
  where k.site_id = site and (k.user_id = r."userId" or (k.generation = present and k.key = r.key));
  insert into public.site_row_keys (site_id, user_id, generation, key)
  select site, r."userId", present, r.key from jsonb_to_recordset(recorded) r("userId" text, key text) where r.key is not null;
  return true;
end;
$$;

-- Sets how users are written at a site, and what becomes of those who leave, and sends everybody there. Another table or
-- match column is another place: what was written to the old one stays there and counts no longer.
-- Returns {"found", "runId"}.
create function public.site_set_mapping(site_id uuid, mapping jsonb, policy text, deactivate_column text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(site_set_mapping.mapping, 'null');
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = site_set_mapping.site_id and s.disconnected_at is null and s.status <> 'disconnecting' for no key update;
  if not found then
    return jsonb_build_object('found', false);
  end if;
  if (site.mapping, site.removal_policy, site.removal_column) is not distinct from (wanted, policy, deactivate_column) then
    return jsonb_build_object('found', true, 'runId', null);
  end if;
  update public.connected_sites s set
    mapping = wanted,
    removal_policy = policy,
    removal_column = deactivate_column,
    generation = s.generation + (public.site_place(s.mapping) <> public.site_place(wanted))::integer
  where s.id = site.id;
  if (site.removal_policy, site.removal_column) is distinct from (policy, deactivate_column) then
    perform public.site_set_removal(site.id, policy, deactivate_column);
  end if;
  return jsonb_build_object('found', true, 'runId', public.site_start_over(site.id, 'mapping'));
end;
$$;

-- Which rows a mapping writes: schema, table and match column.
create function public.site_place(mapping jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_array(
    coalesce(mapping ->> 'schema', 'public'), coalesce(mapping ->> 'table', 'user_profiles'), coalesce(mapping ->> 'match', 'id'));
$$;

-- Some active users whom a site gets, the newest first, to show how they would arrive; null when there is no such site.
create function public.site_sample(site_id uuid, max_users integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  scope jsonb;
  users jsonb;
begin
  select s.scope into scope from public.connected_sites s where s.id = site_sample.site_id and s.disconnected_at is null;
  if not found then
    return null;
  end if;
  execute format(
    'select jsonb_agg(to_jsonb(found)) from (
       select * from public.user_profiles u where u.status = ''active'' and %s order by u.created_at desc, u.id desc limit %s) found',
    coalesce(public.scope_condition(scope), 'true'), max_users) into users;
  return coalesce(users, '[]');
end;
$$;

-- The audit log has what people set.
create or replace function public.connected_sites_settings(site public.connected_sites) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'name', site.name, 'url', site.url, 'kind', site.kind, 'status', site.status,
    'removal_policy', site.removal_policy, 'removal_column', site.removal_column,
    'mapping', site.mapping, 'scope', site.scope);
$$;
drop trigger connected_sites_audit on public.connected_sites;
create trigger connected_sites_audit
  after insert or update of name, url, kind, status, removal_policy, removal_column, endpoint_url, key_last_four,
    credentials_sealed, disconnected_at, mapping, scope
  on public.connected_sites for each row execute function public.connected_sites_audit();

revoke execute on function
  public.site_row_keys_forget(),
  public.site_place(jsonb),
  public.site_sample(uuid, integer),
  public.sync_row_keys(uuid, uuid, text[], text[]),
  public.sync_record_row_keys(uuid, uuid, jsonb),
  public.site_set_mapping(uuid, jsonb, text, text)
from public, anon, authenticated;
grant execute on function
  public.sync_row_keys(uuid, uuid, text[], text[]),
  public.sync_record_row_keys(uuid, uuid, jsonb),
  public.site_sample(uuid, integer),
  public.site_set_mapping(uuid, jsonb, text, text)
to service_role;
