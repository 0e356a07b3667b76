-- What people do to a site: credentials, removal policy, disconnecting.

-- The signing secrets that were replaced, with the present one among them for 24 hours. Four at most: every one adds a
-- signature to a header of limited length.
create function public.site_retire_secret(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(kept.secret order by (kept.secret ->> 'until')::timestamptz desc), '[]')
  from (
    select p.secret
    from jsonb_array_elements(
      jsonb_build_array(jsonb_build_object('sealed', site.credentials_sealed, 'until', now() + interval '24 hours'))
      || site.previous_secrets
    ) p(secret)
    where p.secret ->> 'sealed' is not null and (p.secret ->> 'until')::timestamptz > now()
    order by (p.secret ->> 'until')::timestamptz desc
    limit 4
  ) kept;
$$;

-- Saves sealed credentials and has everybody sent there. Another URL is another database: what the old one had counts
-- no longer. A batch that is on its way to the old one will not settle. With keep_previous the secret that is replaced goes
-- on signing for 24 hours beside the new one. False when there is no such site.
create function public.site_set_credentials(
  site_id uuid, endpoint_url text, sealed text, key_last_four text, keep_previous boolean default false
) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.connected_sites s set
    generation = case when s.endpoint_url is distinct from site_set_credentials.endpoint_url then s.generation + 1 else s.generation end,
    endpoint_url = site_set_credentials.endpoint_url,
    previous_secrets = case when keep_previous then public.site_retire_secret(s) else s.previous_secrets end,
    credentials_sealed = sealed,
    key_last_four = site_set_credentials.key_last_four,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now(),
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_set_credentials.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  perform public.sync_start_full('site', array[site_set_credentials.site_id], 'credentials');
  return true;
end;
$$;

-- The site was seen to work: tried again at once.
create function public.site_unblock(site_id uuid) returns void
language sql
security definer
set search_path = ''
as $$
  update public.connected_sites s set health = 'ok', failures = 0, error_code = null, error = null, retry_at = now()
  where s.id = site_unblock.site_id and s.disconnected_at is null and s.health <> 'ok';
$$;

-- Sets what a removal does at a site and has it done to the users who are already inactive or gone.
create function public.site_set_removal(site_id uuid, policy text, deactivate_column text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.connected_sites s set removal_policy = policy, removal_column = deactivate_column
  where s.id = site_set_removal.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site_set_removal.site_id and p.written order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = site_set_removal.site_id and p.written
    and not exists (select from public.user_profiles u where u.id = p.user_id and u.status = 'active');
  return true;
end;
$$;

-- Disconnects a site: its credentials are wiped and nothing is sent there again. Rows at the site stay, and so does the
-- log. False when there is no such site.
create function public.site_disconnect(site_id uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  runs uuid[];
begin
  update public.connected_sites s set
    disconnected_at = now(), credentials_sealed = null, key_last_four = null, previous_secrets = '[]',
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_disconnect.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = site_disconnect.site_id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  delete from public.sync_claims c where c.site_id = site_disconnect.site_id;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p where p.site_id = site_disconnect.site_id order by p.user_id for update;
  delete from public.user_sync_state p where p.site_id = site_disconnect.site_id;
  return true;
end;
$$;

revoke execute on function
  public.site_retire_secret(public.connected_sites),
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_unblock(uuid),
  public.site_set_removal(uuid, text, text),
  public.site_disconnect(uuid)
from public, anon, authenticated;
grant execute on function
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_unblock(uuid),
  public.site_set_removal(uuid, text, text),
  public.site_disconnect(uuid)
to service_role;
