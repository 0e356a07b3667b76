-- Sealed secrets: which key sealed them, and putting them under another one while the system works.

-- The name of the key that sealed a text, from its header (compact JWE, RFC 7516); null for what is none.
create function public.sealed_with(sealed text) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  header text := translate(split_part(sealed, '.', 1), '-_', '+/');
begin
  return convert_from(decode(rpad(header, (length(header) + 3) / 4 * 4, '='), 'base64'), 'utf8')::jsonb ->> 'kid';
exception
  when data_exception then
    return null;
end;
$$;

-- How many secrets each key has sealed: [{"kid", "sealed"}].
create function public.secrets_by_key() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('kid', k.kid, 'sealed', k.count) order by k.kid), '[]')
  from (
    select public.sealed_with(v.sealed) as kid, count(*)
    from (
      select s.credentials_sealed from public.connected_sites s where s.credentials_sealed is not null
      union all
      select p.secret ->> 'sealed' from public.connected_sites s, jsonb_array_elements(s.previous_secrets) p(secret)
    ) v(sealed)
    group by 1
  ) k;
$$;

-- Replaces sealed secrets of a site by the same ones sealed again, given as {"<old>": "<new>"}. A secret that was saved
-- meanwhile is in none of them and stays; replaced signing secrets whose time is over are forgotten. It starts no sync
-- and changes nothing else. False when nothing was to be replaced.
create function public.site_reseal(site_id uuid, resealed jsonb) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Tells triggers that the credentials are the same as before.
  perform set_config('roster.resealing', 'on', true);
  update public.connected_sites s set
    credentials_sealed = coalesce(resealed ->> s.credentials_sealed, s.credentials_sealed),
    previous_secrets = (
      select coalesce(jsonb_agg(
        p.secret || jsonb_build_object('sealed', coalesce(resealed ->> (p.secret ->> 'sealed'), p.secret ->> 'sealed'))
        order by p.position), '[]')
      from jsonb_array_elements(s.previous_secrets) with ordinality p(secret, position)
      where (p.secret ->> 'until')::timestamptz > now())
  where s.id = site_reseal.site_id and (
    resealed ? s.credentials_sealed
    or exists (
      select from jsonb_array_elements(s.previous_secrets) p(secret)
      where resealed ? (p.secret ->> 'sealed') or (p.secret ->> 'until')::timestamptz <= now()));
  return found;
end;
$$;

revoke execute on function
  public.sealed_with(text),
  public.secrets_by_key(),
  public.site_reseal(uuid, jsonb)
from public, anon, authenticated;
grant execute on function
  public.secrets_by_key(),
  public.site_reseal(uuid, jsonb)
to service_role;
