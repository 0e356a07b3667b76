-- A value that must be unique at a site, such as an e-mail address, may pass from one user to another. When two swap
-- theirs, neither row can be written while the other is there as it was.

-- Says which of these users' rows at a leased site may lose a value to another user: those that Roster is going to write
-- or delete there by itself. Their pairs become dirty and due in this transaction, so whatever happens next, each of
-- these rows is put right. Returns their ids as a JSON array; none when the lease is no longer the caller's.
create function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  ours text[];
begin
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  join public.connected_sites s on s.id = site and s.lease_id = lease and s.lease_until > now()
  where exists (select from public.user_profiles u where u.id = h.id and u.status = 'active')
    or (s.removal_policy = 'delete'
      and exists (select from public.user_sync_state p where p.site_id = s.id and p.user_id = h.id and p.written));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;
revoke execute on function public.sync_displace(uuid, uuid, text[]) from public, anon, authenticated;
grant execute on function public.sync_displace(uuid, uuid, text[]) to service_role;
