-- Limits that all servers share.

-- Unlogged: counting a request must not wait for the disk, and after a crash of PostgreSQL it may begin again.
create unlogged table public.rate_limits (
  bucket text primary key,
  hits integer not null,
  resets_at timestamptz not null
) with (fillfactor = 50);

alter table public.rate_limits enable row level security;
revoke all on public.rate_limits from anon, authenticated, service_role;

-- Counts a request. Returns 0, or for how many seconds the bucket is full. One statement, so that a thousand requests
-- at once are counted as a thousand.
create function public.rate_limit_hit(bucket text, allowed integer, seconds integer) returns integer
language sql
security definer
set search_path = ''
as $$
  insert into public.rate_limits as r (bucket, hits, resets_at)
  values (rate_limit_hit.bucket, 1, now() + make_interval(secs => seconds))
  on conflict (bucket) do update set
    hits = case when r.resets_at <= now() then 1 else least(r.hits, allowed) + 1 end,
    resets_at = case when r.resets_at <= now() then excluded.resets_at else r.resets_at end
  returning case when hits > allowed then greatest(1, ceil(extract(epoch from resets_at - now())))::integer else 0 end;
$$;

-- Counts a request in several buckets, [{"bucket", "allowed", "seconds"}], each with `subject` behind its name. In one
-- order everywhere, or two calls could deadlock. Returns the longest wait in seconds, 0 for none.
create function public.rate_limits_hit(limits jsonb, subject text default '') returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  one record;
  wait integer := 0;
begin
  for one in select * from jsonb_to_recordset(limits) as l(bucket text, allowed integer, seconds integer)
    order by l.bucket
  loop
    wait := greatest(wait, public.rate_limit_hit(one.bucket || subject, one.allowed, one.seconds));
  end loop;
  -- Once in a thousand calls: what is over is of no use to anybody.
  if random() < 0.001 then
    delete from public.rate_limits r using (
      select o.bucket from public.rate_limits o where o.resets_at < now() for update skip locked
    ) expired where r.bucket = expired.bucket;
  end if;
  return wait;
end;
$$;

-- Takes back one request each, so that only attempts that fail are counted.
create function public.rate_limits_forgive(buckets text[]) returns void
language sql
security definer
set search_path = ''
as $$
  update public.rate_limits r set hits = greatest(r.hits - 1, 0)
  from (
    select o.bucket from public.rate_limits o where o.bucket = any (buckets) order by o.bucket for no key update
  ) mine
  where r.bucket = mine.bucket;
$$;

revoke execute on function
  public.rate_limit_hit(text, integer, integer),
  public.rate_limits_hit(jsonb, text),
  public.rate_limits_forgive(text[])
from public, anon, authenticated, service_role;
grant execute on function
  public.rate_limits_hit(jsonb, text),
  public.rate_limits_forgive(text[])
to service_role;
