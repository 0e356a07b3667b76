-- The sites that receive the users, with how each of them is doing.

create table public.connected_sites (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  url text not null,
  kind text not null default 'supabase',
  status text not null default 'active',
  endpoint_url text,
  credentials_sealed text,
  key_last_four text,
  previous_secrets jsonb not null default '[]',
  removal_policy text not null default 'delete',
  removal_column text,
  generation integer not null default 1,
  health text not null default 'ok',
  failures integer not null default 0,
  error_code text,
  error text,
  retry_at timestamptz not null default now(),
  last_synced_at timestamptz,
  inspected_at timestamptz,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disconnected_at timestamptz,
  constraint connected_sites_name_present check (name <> ''),
  constraint connected_sites_kind_known check (kind in ('supabase', 'webhook')),
  constraint connected_sites_status_known check (status in ('active', 'paused')),
  constraint connected_sites_health_known check (health in ('ok', 'degraded', 'blocked')),
  constraint connected_sites_removal_policy_known check (removal_policy in ('delete', 'deactivate', 'keep')),
  -- A webhook site is told that a user left; what it does then is its own business.
  constraint connected_sites_removal_policy_of_webhook check (kind <> 'webhook' or removal_policy = 'delete'),
  constraint connected_sites_removal_column_when_deactivate check ((removal_policy = 'deactivate') = (removal_column is not null))
) with (fillfactor = 50); -- rewritten by every settled batch

create unique index connected_sites_name_key on public.connected_sites (lower(name)) where disconnected_at is null;

comment on column public.connected_sites.endpoint_url is 'The Supabase URL or the webhook URL; null until credentials are saved.';
comment on column public.connected_sites.credentials_sealed is 'Compact JWE bound to this site; null until saved and again once disconnected.';
comment on column public.connected_sites.previous_secrets is 'Signing secrets that were replaced and still sign, newest first: [{"sealed", "until"}].';
comment on column public.connected_sites.removal_policy is 'What a removal does to the site''s row: delete it, deactivate it, or keep it as it is.';
comment on column public.connected_sites.removal_column is 'Boolean column of the site''s table that says whether a row is active, for deactivate.';
comment on column public.connected_sites.generation is 'Raised when another database is put behind the site: what was written to the old one counts no longer.';
comment on column public.connected_sites.health is 'ok; degraded: being retried; blocked: somebody has to change something first.';
comment on column public.connected_sites.failures is 'Failed attempts in a row that were the site''s doing, not a user''s.';
comment on column public.connected_sites.retry_at is 'Not tried before this; infinity waits for a person.';
comment on column public.connected_sites.inspected_at is 'When the site''s newest rows were last compared with the list; see site_newer_rows.';
comment on column public.connected_sites.lease_id is 'Whose turn it is to drain this site, until lease_until.';

alter table public.connected_sites enable row level security;
revoke all on public.connected_sites from anon, authenticated;
grant select, insert, update on public.connected_sites to service_role;

create function public.connected_sites_stamp() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
create trigger connected_sites_stamp before update of name, url, status, endpoint_url, removal_policy on public.connected_sites
  for each row execute function public.connected_sites_stamp();
revoke execute on function public.connected_sites_stamp() from public, anon, authenticated;
