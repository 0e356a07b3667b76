-- The audit log of sites, members, invitations and keys.

-- Sites: what people set. Health, leases and the like are the workers' and stand in the log.
create function public.connected_sites_audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  settings_old jsonb := case when tg_op = 'UPDATE' then public.connected_sites_settings(old) else '{}' end;
  settings_new jsonb := public.connected_sites_settings(new);
begin
  if tg_op = 'INSERT' then
    perform public.audit_write('site.created', 'site', new.id::text, new.name, null, settings_new);
    return null;
  end if;
  if settings_old <> settings_new then
    perform public.audit_write('site.updated', 'site', new.id::text, new.name,
      public.audit_changed(settings_old, settings_new), public.audit_changed(settings_new, settings_old));
  end if;
  if old.disconnected_at is null and new.disconnected_at is not null then
    perform public.audit_write('site.disconnected', 'site', new.id::text, new.name);
  elsif (old.endpoint_url, old.key_last_four) is distinct from (new.endpoint_url, new.key_last_four) then
    perform public.audit_write('site.credentials_changed', 'site', new.id::text, new.name,
      jsonb_build_object('url', old.endpoint_url, 'key_ends_in', old.key_last_four),
      jsonb_build_object('url', new.endpoint_url, 'key_ends_in', new.key_last_four));
  elsif old.credentials_sealed is distinct from new.credentials_sealed then
    -- The same as before under another sealing key; or saved once more.
    perform public.audit_write('site.credentials_resealed', 'site', new.id::text, new.name);
  end if;
  return null;
end;
$$;

create function public.connected_sites_settings(site public.connected_sites) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'name', site.name, 'url', site.url, 'kind', site.kind, 'status', site.status,
    'removal_policy', site.removal_policy, 'removal_column', site.removal_column);
$$;

-- "Of": a worker that settles a batch fires nothing.
create trigger connected_sites_audit
  after insert or update of name, url, kind, status, removal_policy, removal_column, endpoint_url, key_last_four,
    credentials_sealed, disconnected_at
  on public.connected_sites for each row execute function public.connected_sites_audit();

-- Members, invitations and keys.
create function public.access_audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  becomes jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  one jsonb := coalesce(becomes, was);
begin
  case tg_table_name
    when 'members' then
      perform public.audit_write(
        case tg_op when 'INSERT' then 'member.added' when 'DELETE' then 'member.removed' else 'member.role_changed' end,
        'member', one ->> 'id', one ->> 'email',
        jsonb_strip_nulls(jsonb_build_object('role', was -> 'role')),
        jsonb_strip_nulls(jsonb_build_object('role', becomes -> 'role')));
    when 'invitations' then
      perform public.audit_write(
        case when was is null then 'invitation.created'
          when becomes ->> 'accepted_at' is not null then 'invitation.accepted' else 'invitation.withdrawn' end,
        'invitation', one ->> 'id', one ->> 'email', null,
        jsonb_strip_nulls(jsonb_build_object(
          'role', one -> 'role', 'expires_at', one -> 'expires_at', 'accepted_by', one -> 'accepted_by')));
    when 'api_keys' then
      perform public.audit_write(
        case when was is null then 'key.created' else 'key.revoked' end, 'key', one ->> 'id', one ->> 'name', null,
        jsonb_build_object('hint', one -> 'hint', 'scopes', one -> 'scopes', 'expires_at', one -> 'expires_at'));
  end case;
  return null;
end;
$$;

create trigger members_audit after insert or delete on public.members
  for each row execute function public.access_audit();
create trigger members_audit_role after update of role on public.members
  for each row when (old.role is distinct from new.role) execute function public.access_audit();
create trigger invitations_audit after insert on public.invitations
  for each row execute function public.access_audit();
create trigger invitations_audit_end after update of accepted_at, withdrawn_at on public.invitations
  for each row execute function public.access_audit();
create trigger api_keys_audit after insert on public.api_keys
  for each row execute function public.access_audit();
create trigger api_keys_audit_revoked after update of revoked_at on public.api_keys
  for each row when (old.revoked_at is distinct from new.revoked_at) execute function public.access_audit();

revoke execute on function
  public.connected_sites_audit(),
  public.connected_sites_settings(public.connected_sites),
  public.access_audit()
from public, anon, authenticated, service_role;
