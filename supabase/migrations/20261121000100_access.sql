-- Who may use Roster: members, invitations and API keys; and who makes a change.

-- Who makes the change that this transaction is: what the server says in the request header x-roster-actor, base64 of
-- {"kind", "id", "name", "address", "requestId"}; without it somebody works in the database itself.
create function public.roster_actor() returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(
    convert_from(
      decode(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-roster-actor', 'base64'), 'utf8')::jsonb,
    jsonb_build_object('kind', 'database', 'name', session_user)
  );
$$;

create table public.members (
  id uuid primary key,
  email text not null,
  role text not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz,
  constraint members_role_known check (role in ('owner', 'admin', 'viewer'))
);
comment on table public.members is 'Accounts of Supabase Auth that may use Roster. Looked up at every request.';
comment on column public.members.id is 'The account, auth.users.id. No foreign key: an account can be deleted there, and then signs nobody in.';
comment on column public.members.last_seen_at is 'To the minute; null before the first request.';

-- Sessions and accounts that were signed out. An access token lives on until it expires, up to an hour, whatever Auth
-- does; here it ends at once.
create table public.sign_outs (
  id uuid primary key,
  at timestamptz not null default now()
);
comment on column public.sign_outs.id is 'A session, which is over; or an account, whose tokens issued until then are over.';

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  role text not null,
  token_hash text not null,
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid,
  withdrawn_at timestamptz,
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_role_known check (role in ('owner', 'admin', 'viewer'))
);
comment on column public.invitations.token_hash is 'SHA-256 in hex. The link itself is kept nowhere.';
comment on column public.invitations.email is 'Where the link goes. The account that opens it is bound, whatever its address.';

create table public.setup_tokens (
  token_hash text primary key,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table public.setup_tokens is 'One-time tokens that make the first owner. None is left, and none works, once there is one.';

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key_hash text not null,
  hint text not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_name_present check (name <> ''),
  constraint api_keys_scopes_known check (
    cardinality(scopes) > 0
    and scopes <@ array['users:read', 'users:write', 'sites:read', 'sites:write', 'sync:read', 'sync:run'])
);
comment on column public.api_keys.key_hash is 'SHA-256 in hex. A key has 256 random bits, which no slow hash could protect better.';
comment on column public.api_keys.hint is 'What is shown of the key: its prefix and last four characters.';
comment on column public.api_keys.expires_at is 'Null for a key that does not expire.';
comment on column public.api_keys.last_used_at is 'To the minute; null before the first use.';

alter table public.members enable row level security;
alter table public.sign_outs enable row level security;
alter table public.invitations enable row level security;
alter table public.setup_tokens enable row level security;
alter table public.api_keys enable row level security;
-- From service_role too, which older hosted projects grant everything by default: hashes are not for reading, and every
-- change goes through a function below.
revoke all on
  public.members, public.sign_outs, public.invitations, public.setup_tokens, public.api_keys
from anon, authenticated, service_role;
grant select on public.members to service_role;
grant select (id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by, withdrawn_at)
  on public.invitations to service_role;
grant select (id, name, hint, scopes, created_by, created_at, expires_at, last_used_at, revoked_at)
  on public.api_keys to service_role;

revoke execute on function public.roster_actor() from public, anon, authenticated, service_role;
