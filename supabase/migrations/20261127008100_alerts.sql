-- Alerts: what somebody should know without looking, told once when it starts and once when it ends.

-- Processes that sync, each for as long as it was last seen to work.
create table public.workers (
  name text primary key,
  alive_until timestamptz not null
);

-- Where alerts go. The URL of a webhook often is a secret itself, so it is sealed like the key that signs.
create table public.alert_channels (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  label text not null,
  email text,
  url_sealed text,
  secret_sealed text,
  created_at timestamptz not null default now(),
  created_by text not null,
  last_sent_at timestamptz,
  failing_since timestamptz,
  error text,
  constraint alert_channels_kind_known check (kind in ('email', 'webhook')),
  constraint alert_channels_email_when_email check ((kind = 'email') = (email is not null)),
  constraint alert_channels_url_when_webhook check ((kind = 'webhook') = (url_sealed is not null and secret_sealed is not null))
);
comment on column public.alert_channels.label is 'What is shown: the e-mail address, or the host of the URL.';
comment on column public.alert_channels.failing_since is 'Null while the last message arrived.';

create table public.alerts (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  site_id uuid,
  site text,
  detail jsonb not null default '{}',
  started_at timestamptz not null default now(),
  calm_since timestamptz,
  ended_at timestamptz,
  constraint alerts_kind_known
    check (kind in ('site_blocked', 'failures_standing', 'removals_held', 'changes_waiting', 'no_worker'))
);
comment on column public.alerts.site_id is 'Null when it is about Roster itself. No foreign key: what happened is remembered longer than the site.';
comment on column public.alerts.calm_since is 'The condition holds no more, but not for long enough to say that it is over.';
create unique index alerts_open_key on public.alerts (kind, coalesce(site_id, '00000000-0000-0000-0000-000000000000'))
  where ended_at is null;
create index alerts_started_at_idx on public.alerts (started_at desc, id desc);

-- A message to be sent: that an alert started or ended, to one channel.
create table public.alert_notices (
  id uuid primary key default gen_random_uuid(),
  alert_id uuid not null references public.alerts (id) on delete cascade,
  channel_id uuid not null references public.alert_channels (id) on delete cascade,
  phase text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  done_at timestamptz,
  sent boolean not null default false,
  constraint alert_notices_once unique (alert_id, channel_id, phase),
  constraint alert_notices_phase_known check (phase in ('start', 'end'))
);
comment on column public.alert_notices.due_at is 'Not sent before this; while a process sends it, when another one may.';
comment on column public.alert_notices.done_at is 'Sent, or given up.';
create index alert_notices_due_idx on public.alert_notices (due_at) where done_at is null;

alter table public.workers enable row level security;
alter table public.alert_channels enable row level security;
alter table public.alerts enable row level security;
alter table public.alert_notices enable row level security;
revoke all on public.workers, public.alert_channels, public.alerts, public.alert_notices from anon, authenticated, service_role;
grant select on public.alert_channels, public.alerts to service_role;

-- A worker is alive, for so many seconds; forgets those that were not seen for a day.
create function public.worker_beat(worker text, seconds integer) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.workers w where w.alive_until < now() - interval '1 day';
  insert into public.workers (name, alive_until) values (worker, now() + make_interval(secs => seconds))
  on conflict (name) do update set alive_until = excluded.alive_until;
$$;

-- What is the matter now: a row for each alert that should be open.
create function public.alert_conditions() returns table (kind text, site_id uuid, site text, detail jsonb)
language sql
stable
security definer
set search_path = ''
as $$
  with working as (
    select s.* from public.connected_sites s
    where s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null
  )
  select 'site_blocked', s.id, s.name, jsonb_build_object('errorCode', s.error_code, 'error', s.error)
  from working s where s.health = 'blocked'
  union all
  -- Users whom a working site has refused for a quarter of an hour; few, and the index has just these.
  select 'failures_standing', s.id, s.name, jsonb_build_object('users', f.users)
  from working s
  cross join lateral (
    select count(*) as users, min(r.wanted_at) as since
    from (
      select p.wanted_at from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
      limit 10000
    ) r
  ) f
  where s.health = 'ok' and f.since < now() - interval '15 minutes'
  union all
  select 'removals_held', s.id, s.name, jsonb_build_object('removals', h.held)
  from public.connected_sites s join public.sync_held_counts() h on h.site_id = s.id
  where s.disconnected_at is null and h.held > 0
  union all
  -- Of a blocked site that is said already. The pairs that fall due first are the oldest, but for refused users.
  select 'changes_waiting', s.id, s.name, jsonb_build_object('since', w.since)
  from working s
  cross join lateral (
    select min(o.wanted_at) as since from (
      select p.wanted_at, p.status from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.due_at < 'infinity'
      order by p.due_at, p.user_id limit 200
    ) o where o.status = 'pending'
  ) w
  where s.health <> 'blocked' and w.since < now() - interval '10 minutes'
  union all
  select 'changes_waiting', null, null, jsonb_build_object('since', q.since)
  from (select min(m.enqueued_at) as since from pgmq.q_user_changes m) q
  where q.since < now() - interval '10 minutes'
  union all
  -- A minute more than a worker takes to be noticed missing: restarts are no news. An installation that never had a
  -- worker has two minutes from its first site on.
  select 'no_worker', null, null, jsonb_build_object('since', w.since)
  from (
    select coalesce(
      (select max(w.alive_until) from public.workers w),
      (select min(s.updated_at) + interval '1 minute' from working s)) as since
  ) w
  where exists (select from working) and w.since < now() - interval '1 minute';
$$;

-- Opens and ends alerts, and puts a message for each channel into alert_notices. An alert ends when its condition has not
-- held for so many seconds, so that what comes and goes is one alert. Called by every process now and then; does nothing
-- when another one did it a moment ago, or does it now.
create function public.alerts_evaluate(calm_seconds integer default 30) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  opened uuid[];
  ended uuid[];
begin
  if not pg_try_advisory_xact_lock(hashtext('roster.alerts_evaluate')) then
    return;
  end if;
  create temporary table if not exists alert_conditions_now (kind text, site_id uuid, site text, detail jsonb) on commit delete rows;
  truncate pg_temp.alert_conditions_now;
  insert into pg_temp.alert_conditions_now select * from public.alert_conditions();

  update public.alerts a set calm_since = null, detail = c.detail, site = c.site
  from pg_temp.alert_conditions_now c
  where a.ended_at is null and a.kind = c.kind and a.site_id is not distinct from c.site_id
    and (a.calm_since is not null or a.detail <> c.detail or a.site is distinct from c.site);
  with fresh as (
    insert into public.alerts (kind, site_id, site, detail)
    select c.kind, c.site_id, c.site, c.detail from pg_temp.alert_conditions_now c
    where not exists (
      select from public.alerts a
      where a.ended_at is null and a.kind = c.kind and a.site_id is not distinct from c.site_id)
    returning id
  )
  select array_agg(id) into opened from fresh;

  update public.alerts a set calm_since = now()
  where a.ended_at is null and a.calm_since is null and not exists (
    select from pg_temp.alert_conditions_now c where c.kind = a.kind and c.site_id is not distinct from a.site_id);
  with over as (
    update public.alerts a set ended_at = a.calm_since
    where a.ended_at is null and a.calm_since <= now() - make_interval(secs => calm_seconds)
    returning id
  )
  select array_agg(id) into ended from over;

  insert into public.alert_notices (alert_id, channel_id, phase)
  select o.id, c.id, 'start' from unnest(opened) o(id) cross join public.alert_channels c;
  -- Who was told of the beginning is told of the end.
  insert into public.alert_notices (alert_id, channel_id, phase)
  select n.alert_id, n.channel_id, 'end' from public.alert_notices n where n.alert_id = any (ended) and n.phase = 'start';
end;
$$;

-- Takes messages to send, each for a minute: a process that dies on the way leaves them to another one. The end of an
-- alert waits for its beginning. Returns [{"id", "phase", "attempt", "alert", "channel"}].
create function public.alert_notices_take(most integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  with due as (
    select n.id from public.alert_notices n
    where n.done_at is null and n.due_at <= now()
      and not exists (
        select from public.alert_notices b
        where n.phase = 'end' and b.alert_id = n.alert_id and b.channel_id = n.channel_id and b.phase = 'start'
          and b.done_at is null)
    order by n.due_at limit most
    for update skip locked
  ), taken as (
    update public.alert_notices n set attempts = n.attempts + 1, due_at = now() + interval '1 minute'
    from due where n.id = due.id
    returning n.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', t.id, 'phase', t.phase, 'attempt', t.attempts,
    'alert', jsonb_build_object('id', a.id, 'kind', a.kind, 'siteId', a.site_id, 'site', a.site, 'detail', a.detail,
      'startedAt', a.started_at, 'endedAt', a.ended_at),
    'channel', jsonb_build_object('id', c.id, 'kind', c.kind, 'email', c.email, 'urlSealed', c.url_sealed,
      'secretSealed', c.secret_sealed))), '[]')
  from taken t join public.alerts a on a.id = t.alert_id join public.alert_channels c on c.id = t.channel_id;
$$;

-- Records what came of a message: error null when it was sent; otherwise it is tried again, later each time and for a
-- day, about forty times.
create function public.alert_notice_settle(notice uuid, error text) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  settled public.alert_notices;
begin
  update public.alert_notices n set
    sent = alert_notice_settle.error is null,
    done_at = case when alert_notice_settle.error is null or n.attempts >= 40 then now() end,
    due_at = now() + least(interval '1 hour', interval '15 seconds' * power(2, least(n.attempts, 12)))
  where n.id = notice and n.done_at is null
  returning n.* into settled;
  if found then
    perform public.alert_channel_settle(settled.channel_id, alert_notice_settle.error);
  end if;
end;
$$;

-- Notes at a channel whether the last message arrived.
create function public.alert_channel_settle(channel uuid, error text) returns void
language sql
security definer
set search_path = ''
as $$
  update public.alert_channels c set
    last_sent_at = case when alert_channel_settle.error is null then now() else c.last_sent_at end,
    failing_since = case when alert_channel_settle.error is not null then coalesce(c.failing_since, now()) end,
    error = alert_channel_settle.error
  where c.id = channel;
$$;

-- Adds a channel whose sealed texts are bound to its id, which is therefore given.
create function public.alert_channel_create(
  id uuid, kind text, label text, email text, url_sealed text, secret_sealed text
) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.alert_channels (id, kind, label, email, url_sealed, secret_sealed, created_by)
  values (alert_channel_create.id, alert_channel_create.kind, alert_channel_create.label, alert_channel_create.email,
    alert_channel_create.url_sealed, alert_channel_create.secret_sealed, coalesce(public.roster_actor() ->> 'name', ''));
  perform public.audit_write('alerts.channel_added', 'alert_channel', id::text, label, null, jsonb_build_object('kind', kind));
end;
$$;

-- Removes a channel; nothing is sent there any more. False when there is no such channel.
create function public.alert_channel_delete(channel uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  gone public.alert_channels;
begin
  delete from public.alert_channels c where c.id = channel returning c.* into gone;
  if not found then
    return false;
  end if;
  perform public.audit_write('alerts.channel_removed', 'alert_channel', gone.id::text, gone.label,
    jsonb_build_object('kind', gone.kind));
  return true;
end;
$$;

-- Replaces a channel's sealed texts by the same ones sealed again, given as {"<old>": "<new>"}. False when they are others
-- by now.
create function public.alert_channel_reseal(channel uuid, resealed jsonb) returns boolean
language sql
security definer
set search_path = ''
as $$
  with changed as (
    update public.alert_channels c set
      url_sealed = coalesce(resealed ->> c.url_sealed, c.url_sealed),
      secret_sealed = coalesce(resealed ->> c.secret_sealed, c.secret_sealed)
    where c.id = channel and (resealed ? c.url_sealed or resealed ? c.secret_sealed)
    returning 1
  )
  select exists (select from changed);
$$;

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
      union all
      select t.sealed from public.alert_channels c, unnest(array[c.url_sealed, c.secret_sealed]) t(sealed)
      where t.sealed is not null
    ) v(sealed)
    group by 1
  ) k
  left join public.sealing_keys n on n.kid = k.kid;
$$;

-- A key that seals channels is remembered as well.
create function public.alert_channels_note_key() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sealing_keys (kid) values (public.sealed_with(new.url_sealed)) on conflict do nothing;
  return null;
end;
$$;
create trigger alert_channels_note_key after insert or update of url_sealed on public.alert_channels
  for each row when (new.url_sealed is not null) execute function public.alert_channels_note_key();

-- Alerts that ended more than so many days ago are forgotten, with their messages.
create function public.alerts_forget(days integer) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.alerts a where a.ended_at < now() - make_interval(days => days);
$$;

revoke execute on function
  public.worker_beat(text, integer), public.alert_conditions(), public.alerts_evaluate(integer),
  public.alert_notices_take(integer), public.alert_notice_settle(uuid, text), public.alert_channel_settle(uuid, text),
  public.alert_channel_create(uuid, text, text, text, text, text), public.alert_channel_delete(uuid),
  public.alert_channel_reseal(uuid, jsonb), public.alert_channels_note_key(), public.alerts_forget(integer)
from public, anon, authenticated, service_role;
grant execute on function
  public.worker_beat(text, integer), public.alerts_evaluate(integer),
  public.alert_notices_take(integer), public.alert_notice_settle(uuid, text), public.alert_channel_settle(uuid, text),
  public.alert_channel_create(uuid, text, text, text, text, text), public.alert_channel_delete(uuid),
  public.alert_channel_reseal(uuid, jsonb), public.alerts_forget(integer)
to service_role;
