-- What every request asks first: who is it, and what may they do?

-- What a session may do: {"state": "ended"}, {"state": "stranger"}, or {"state": "member", "email", "role", "retryAfter"}.
-- `issued_at` is when the account signed in, or at the latest when its token was issued.
create function public.access_member(account uuid, session uuid, issued_at timestamptz, limits jsonb default '[]') returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  if exists (
    select from public.sign_outs s where s.id = session or (s.id = account and s.at >= issued_at)
  ) or not exists (
    select from auth.users u where u.id = account and u.deleted_at is null and coalesce(u.banned_until < now(), true)
  ) then
    return jsonb_build_object('state', 'ended');
  end if;
  select * into member from public.members m where m.id = account;
  if not found then
    return jsonb_build_object('state', 'stranger');
  end if;
  if coalesce(member.last_seen_at < now() - interval '1 minute', true) then
    update public.members m set last_seen_at = now() where m.id = account;
  end if;
  return jsonb_build_object(
    'state', 'member', 'email', member.email, 'role', member.role,
    'retryAfter', public.rate_limits_hit(limits, ':member:' || account));
end;
$$;

-- What a key may do: {"id", "name", "scopes", "retryAfter"}; null for one that is unknown, revoked or expired.
create function public.access_key(key_hash text, limits jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  key public.api_keys;
begin
  select * into key from public.api_keys k
  where k.key_hash = access_key.key_hash and k.revoked_at is null and coalesce(k.expires_at > now(), true);
  if not found then
    return null;
  end if;
  if coalesce(key.last_used_at < now() - interval '1 minute', true) then
    update public.api_keys k set last_used_at = now() where k.id = key.id;
  end if;
  return jsonb_build_object(
    'id', key.id, 'name', key.name, 'scopes', key.scopes,
    'retryAfter', public.rate_limits_hit(limits, ':key:' || key.id));
end;
$$;

-- Ends a session, or every session of an account. Cookies live a week: what is older than a year ends nothing any more.
create function public.sign_out(id uuid) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.sign_outs s where s.at < now() - interval '1 year';
  insert into public.sign_outs (id) values (sign_out.id)
  on conflict on constraint sign_outs_pkey do update set at = excluded.at;
$$;

-- `expires_in_days` null: never.
create function public.api_key_create(name text, key_hash text, hint text, scopes text[], expires_in_days integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.api_keys as k (name, key_hash, hint, scopes, created_by, expires_at)
  values (name, key_hash, hint, scopes, coalesce(public.roster_actor() ->> 'name', ''),
    now() + make_interval(days => expires_in_days))
  returning to_jsonb(k) - 'key_hash';
$$;

-- Null when there is no such key, or it is revoked already.
create function public.api_key_revoke(key_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.api_keys k set revoked_at = now() where k.id = key_id and k.revoked_at is null
  returning to_jsonb(k) - 'key_hash';
$$;

revoke execute on function
  public.access_member(uuid, uuid, timestamptz, jsonb),
  public.access_key(text, jsonb),
  public.sign_out(uuid),
  public.api_key_create(text, text, text, text[], integer),
  public.api_key_revoke(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  public.access_member(uuid, uuid, timestamptz, jsonb),
  public.access_key(text, jsonb),
  public.sign_out(uuid),
  public.api_key_create(text, text, text, text[], integer),
  public.api_key_revoke(uuid)
to service_role;
