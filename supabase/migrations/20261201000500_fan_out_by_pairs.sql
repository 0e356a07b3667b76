-- A fan-out took 20 messages of up to 500 users at once, however many sites there are: 10,000 users who changed by one statement
-- were a million pairs at a hundred sites. That took longer than a statement may, each time again, and no change of anybody
-- reached any site any more. Now it takes as many users as make some ten thousand pairs.

create or replace function public.sync_fan_out(max_messages integer default 20) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  most_pairs constant integer := 40000; -- 1 to 3 s, where statements may take 8
  most_users integer;
  message_ids bigint[];
  changed text[];
begin
  if exists (select from pgmq.q_user_changes q where q.vt <= clock_timestamp()) then
    select greatest(1, most_pairs / greatest(1, count(*))) into most_users
    from public.connected_sites s where s.disconnected_at is null and s.credentials_sealed is not null;
    select array_agg(m.msg_id order by m.msg_id), array_agg(distinct ids.id)
      into message_ids, changed
    from pgmq.read('user_changes', 60, public.sync_messages_of(most_users, max_messages)) m
    cross join lateral jsonb_array_elements_text(m.message -> 'ids') ids(id);
  end if;
  if message_ids is not null then
    if cardinality(changed) > most_users then
      -- In the place of the oldest message: departures are compared with the time of what announces them.
      update pgmq.q_user_changes q set vt = clock_timestamp(),
        message = jsonb_build_object('ids', to_jsonb(changed[most_users + 1:]))
      where q.msg_id = message_ids[1];
      message_ids := array(select id from unnest(message_ids) id where id <> message_ids[1]);
      changed := changed[:most_users];
    end if;
    perform public.sync_mark_dirty(changed);
    perform public.sync_settle_never_there(changed);
    perform pgmq.delete('user_changes', array(select distinct unnest(message_ids)));
  end if;
  return jsonb_build_object(
    'users', coalesce(cardinality(changed), 0),
    'more', changed is not null and exists (select from pgmq.q_user_changes q where q.vt <= clock_timestamp()),
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s)),
    'side', public.sync_side_work());
end;
$$;

-- How many of the next messages have no more than so many users together; one at least.
create function public.sync_messages_of(most_users integer, max_messages integer) returns integer
language sql
volatile -- it looks at the clock
security definer
set search_path = ''
as $$
  select greatest(1, count(*) filter (where m.users <= most_users))::integer
  from (
    select sum(jsonb_array_length(q.message -> 'ids')) over (order by q.msg_id) as users
    from (
      select x.msg_id, x.message from pgmq.q_user_changes x
      where x.vt <= clock_timestamp() order by x.msg_id limit max_messages
    ) q
  ) m;
$$;
revoke execute on function public.sync_messages_of(integer, integer) from public, anon, authenticated, service_role;
