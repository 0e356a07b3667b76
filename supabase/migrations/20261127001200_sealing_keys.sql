-- Since when each key has sealed secrets, so that one sees when it is time for another.

create table public.sealing_keys (
  kid text primary key,
  first_sealed_at timestamptz not null default now()
);
comment on table public.sealing_keys is 'Names of keys, never the keys; those are in ROSTER_SECRET_KEYS alone.';

alter table public.sealing_keys enable row level security;
revoke all on public.sealing_keys from anon, authenticated, service_role;

-- Remembers a key when it first seals something.
create function public.sealing_keys_note() returns trigger
language plpgsql
security definer -- whoever may save credentials may have it noted
set search_path = ''
as $$
declare
  kid text := public.sealed_with(new.credentials_sealed);
begin
  if kid is not null then
    insert into public.sealing_keys (kid) values (kid) on conflict do nothing;
  end if;
  return null;
end;
$$;
create trigger connected_sites_note_sealing_key
  after insert or update of credentials_sealed on public.connected_sites
  for each row when (new.credentials_sealed is not null)
  execute function public.sealing_keys_note();

-- A site's present seal was made when its credentials were last written down as changed or sealed again.
insert into public.sealing_keys (kid, first_sealed_at)
select k.kid, min(k.at)
from (
  select public.sealed_with(s.credentials_sealed) as kid, coalesce(
    (select max(a.at) from public.audit_log a
      where a.target_id = s.id::text and a.action in ('site.credentials_changed', 'site.credentials_resealed')),
    s.created_at) as at
  from public.connected_sites s where s.credentials_sealed is not null
) k
where k.kid is not null
group by 1;

-- How many secrets each key has sealed and since when: [{"kid", "sealed", "since"}].
create or replace function public.secrets_by_key() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('kid', k.kid, 'sealed', k.count, 'since', n.first_sealed_at) order by k.kid), '[]')
  from (
    select public.sealed_with(v.sealed) as kid, count(*)
    from (
      select s.credentials_sealed from public.connected_sites s where s.credentials_sealed is not null
      union all
      select p.secret ->> 'sealed' from public.connected_sites s, jsonb_array_elements(s.previous_secrets) p(secret)
    ) v(sealed)
    group by 1
  ) k
  left join public.sealing_keys n on n.kid = k.kid;
$$;

revoke execute on function public.sealing_keys_note() from public, anon, authenticated;
