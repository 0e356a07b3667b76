-- Whoever leaves the list while a site is away that never had them stood as failed there, until the site answered: counted,
-- shown and alerted about, though there is nothing to be done. It is settled when the change is fanned out.

-- Settles pairs that were just made dirty in this transaction, of users who are not active, at sites that never had them
-- and have no worker. A batch that is still on its way there, from when they were active, can only be marked in doubt.
create function public.sync_settle_never_there(ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  away constant uuid[] := array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status <> 'disconnecting' and (s.health <> 'ok' or s.status <> 'active')
      and (s.lease_until is null or s.lease_until <= now() - interval '10 seconds')); -- longer than statements may take
  leavers text[];
begin
  if away = '{}' then
    return;
  end if;
  leavers := array(
    select c.id from unnest(ids) c(id)
    left join lateral (select u.status from public.user_profiles u where u.id = c.id offset 0) u on true
    where u.status is distinct from 'active');
  if leavers = '{}' then
    return;
  end if;
  update public.user_sync_state p set synced_version = p.desired_version, status = 'removed', run_id = null
  where p.user_id = any (leavers) and p.site_id = any (away) and not p.written
    and not exists (select from public.sync_claims c where c.site_id = p.site_id and p.user_id = any (c.user_ids))
    -- A run that waits for this user is told by a worker.
    and not exists (
      select from public.sync_run_sites r where r.site_id = p.site_id and r.user_id = p.user_id and r.finished_at is null);
  delete from public.user_sync_state p
  where p.user_id = any (leavers) and p.site_id = any (away) and not p.written and p.desired_version <= p.synced_version
    and not exists (select from public.user_profiles u where u.id = p.user_id);
end;
$$;
revoke execute on function public.sync_settle_never_there(text[]) from public, anon, authenticated, service_role;

create or replace function public.sync_fan_out(max_messages integer default 20) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  message_ids bigint[];
  changed text[];
begin
  select array_agg(m.msg_id), array_agg(distinct ids.id)
    into message_ids, changed
  from pgmq.read('user_changes', 60, max_messages) m
  cross join lateral jsonb_array_elements_text(m.message -> 'ids') ids(id);
  if message_ids is not null then
    perform public.sync_mark_dirty(changed);
    perform public.sync_settle_never_there(changed);
    perform pgmq.delete('user_changes', array(select distinct unnest(message_ids)));
  end if;
  return jsonb_build_object(
    'users', coalesce(cardinality(changed), 0),
    'more', coalesce((select count(distinct id) from unnest(message_ids) id) >= max_messages, false),
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s)),
    'side', public.sync_side_work());
end;
$$;
