-- Comparing sites with the list: what was found, at which pairs, and how often to look.

-- A pair that is settled may be found otherwise at its site. That is a state like the others, so the status view and the
-- tallies have it by themselves, and the next write ends it.
alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known check (status in (
    'pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'out_of_scope', 'different', 'missing', 'extra')),
  add column drifted_at timestamptz,
  add column drifted_fields text[],
  add column drifted_row_at timestamptz,
  add column verify_skipped_at timestamptz;

comment on column public.user_sync_state.drifted_at is 'When the site was first found to be otherwise; counts while the status is different, missing or extra.';
comment on column public.user_sync_state.drifted_row_at is 'updated_at of the row the site was compared with; row_updated_at is null meanwhile, since what the site has is not ours.';
comment on column public.user_sync_state.verify_skipped_at is 'When a comparison passed this pair over, because it was on its way.';

create index user_sync_state_drifted_idx on public.user_sync_state (site_id, user_id)
  where status in ('different', 'missing', 'extra');

-- How often a site is compared, and the last time that all of it was.
create table public.site_verify (
  site_id uuid primary key references public.connected_sites (id),
  every_minutes integer,
  on_drift text not null default 'report',
  verified_from timestamptz,
  verified_generation integer,
  constraint site_verify_every_minutes_sensible check (every_minutes between 5 and 10080),
  constraint site_verify_on_drift_known check (on_drift in ('report', 'repair'))
);
comment on column public.site_verify.every_minutes is 'Null: only when asked.';
comment on column public.site_verify.verified_from is 'When the last comparison that came to its end began: a settled pair written before that, and not passed over, was seen there.';

create function public.site_verify_add() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_verify (site_id, every_minutes) values (new.id, case new.kind when 'supabase' then 60 end);
  return null;
end;
$$;
create trigger connected_sites_verify after insert on public.connected_sites
  for each row execute function public.site_verify_add();
insert into public.site_verify (site_id, every_minutes)
select s.id, case s.kind when 'supabase' then 60 end from public.connected_sites s;

-- One comparison of a site: a cursor over its rows. The site is walked in its own order of ids; where that is the list's
-- order too, a gap in it is a missing row. Where it is not, the pairs are walked afterwards ("pairs").
create table public.site_verifications (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null references public.connected_sites (id),
  generation integer not null,
  requested_by text,
  repair boolean not null,
  phase text not null default 'rows',
  cursor text not null default '',
  looked_to text not null default '',
  in_order boolean not null default true,
  page jsonb,
  expected bigint not null default 0,
  equal bigint not null default 0,
  different bigint not null default 0,
  missing bigint not null default 0,
  extra bigint not null default 0,
  skipped bigint not null default 0,
  repaired bigint not null default 0,
  listed boolean not null default true,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  error_code text,
  error text,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint site_verifications_phase_known check (phase in ('rows', 'pairs'))
) with (fillfactor = 50);
create unique index site_verifications_open_idx on public.site_verifications (site_id) where finished_at is null;
create index site_verifications_site_idx on public.site_verifications (site_id, started_at desc);
create index site_verifications_listed_idx on public.site_verifications (site_id) where listed;

comment on column public.site_verifications.requested_by is 'Null: by schedule.';
comment on column public.site_verifications.cursor is 'The last row of the site that was compared.';
comment on column public.site_verifications.looked_to is 'The last user id up to which missing rows were looked for.';
comment on column public.site_verifications.page is 'Counts of a page whose gaps are being looked at; they count when the cursor passes it.';
comment on column public.site_verifications.expected is 'About how many rows the site should have, for a progress bar.';
comment on column public.site_verifications.skipped is 'Pairs that were on their way, of which nothing can be said.';
comment on column public.site_verifications.listed is 'False once its findings were dropped: the newest two of a site keep theirs.';

create table public.site_verify_findings (
  verification_id uuid not null references public.site_verifications (id) on delete cascade,
  kind text not null,
  user_id text not null,
  fields jsonb not null default '[]',
  site_updated_at timestamptz,
  found_at timestamptz not null default now(),
  repair_version bigint,
  repaired_at timestamptz,
  primary key (verification_id, kind, user_id),
  constraint site_verify_findings_kind_known check (kind in ('different', 'missing', 'extra'))
);
create index site_verify_findings_repairing_idx on public.site_verify_findings (verification_id)
  where repair_version is not null and repaired_at is null;
comment on column public.site_verify_findings.repair_version is 'Repaired once the pair is synced at this version.';

-- What was found at a site is no longer kept once it is disconnected.
create function public.site_verify_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.site_verifications t where t.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_verify_forget after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_verify_forget();

alter table public.site_verify enable row level security;
alter table public.site_verifications enable row level security;
alter table public.site_verify_findings enable row level security;
revoke all on public.site_verify, public.site_verifications, public.site_verify_findings
  from anon, authenticated, service_role;
-- The status view reads it with its caller's rights.
grant select on public.site_verify to service_role;
revoke execute on function public.site_verify_add(), public.site_verify_forget() from public, anon, authenticated;
