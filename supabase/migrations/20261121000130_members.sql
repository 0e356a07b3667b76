-- How accounts become members: the setup token, invitations; and roles.

-- Everything that makes or unmakes a member goes one after the other, so that "is there another owner?" has an answer.
create function public.members_lock() returns void
language sql
security definer
set search_path = ''
as $$
  select pg_advisory_xact_lock(hashtextextended('roster members', 0));
$$;

-- Whether there is an owner, another than that one. One whose account was deleted in Supabase Auth can do nothing.
create function public.has_owner(other_than uuid default null) returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.members m join auth.users u on u.id = m.id and u.deleted_at is null
    where m.role = 'owner' and m.id is distinct from other_than);
$$;

-- Changes a role. Returns {"member"}, {"problem": "last_owner"}, or null when there is no such member.
create function public.member_set_role(member_id uuid, new_role text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  perform public.members_lock();
  if new_role <> 'owner' and not public.has_owner(member_id)
    and exists (select from public.members m where m.id = member_id) then
    return jsonb_build_object('problem', 'last_owner');
  end if;
  update public.members m set role = new_role where m.id = member_id returning * into member;
  return case when found then jsonb_build_object('member', to_jsonb(member)) end;
end;
$$;

-- Removes a member and ends its sessions, also for the day it is invited again. Returns as member_set_role does.
create function public.member_remove(member_id uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  perform public.members_lock();
  if not public.has_owner(member_id) and exists (select from public.members m where m.id = member_id) then
    return jsonb_build_object('problem', 'last_owner');
  end if;
  delete from public.members m where m.id = member_id returning * into member;
  if not found then
    return null;
  end if;
  perform public.sign_out(member_id);
  return jsonb_build_object('member', to_jsonb(member));
end;
$$;

-- Keeps a token that makes the first owner. False when there is one already.
create function public.setup_token_add(token_hash text, seconds integer) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.members_lock();
  if public.has_owner() then
    return false;
  end if;
  delete from public.setup_tokens s where s.expires_at <= now();
  insert into public.setup_tokens (token_hash, expires_at)
  values (setup_token_add.token_hash, now() + make_interval(secs => seconds));
  return true;
end;
$$;

-- Whether the token would make the first owner now.
create function public.setup_token_valid(token_hash text) returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select not public.has_owner() and exists (
    select from public.setup_tokens s where s.token_hash = setup_token_valid.token_hash and s.expires_at > now());
$$;

-- Makes the account the first owner. False when the token is unknown, used or expired, or there is an owner.
create function public.setup_accept(token_hash text, account uuid, email text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.members_lock();
  if not public.setup_token_valid(setup_accept.token_hash) then
    return false;
  end if;
  delete from public.setup_tokens where true;
  insert into public.members (id, email, role) values (account, setup_accept.email, 'owner')
  on conflict (id) do update set role = 'owner', email = excluded.email;
  return true;
end;
$$;

create function public.invitation_open(invitation public.invitations) returns boolean
language sql
stable
set search_path = ''
as $$
  select invitation.accepted_at is null and invitation.withdrawn_at is null and invitation.expires_at > now();
$$;

-- Invites; an earlier invitation of the same address is withdrawn. Null when a member has that address.
create function public.invitation_create(email text, role text, token_hash text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  perform public.members_lock();
  if exists (select from public.members m where lower(m.email) = lower(invitation_create.email)) then
    return null;
  end if;
  update public.invitations i set withdrawn_at = now()
  where lower(i.email) = lower(invitation_create.email) and public.invitation_open(i);
  insert into public.invitations (email, role, token_hash, invited_by, expires_at)
  values (invitation_create.email, invitation_create.role, invitation_create.token_hash,
    coalesce(public.roster_actor() ->> 'name', ''), now() + make_interval(secs => seconds))
  returning * into invitation;
  return to_jsonb(invitation) - 'token_hash';
end;
$$;

-- Null when there is no such open invitation.
create function public.invitation_withdraw(invitation_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.invitations i set withdrawn_at = now()
  where i.id = invitation_id and public.invitation_open(i)
  returning to_jsonb(i) - 'token_hash';
$$;

-- The open invitation that a token is for, or null.
create function public.invitation_of(token_hash text) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select to_jsonb(i) - 'token_hash' from public.invitations i
  where i.token_hash = invitation_of.token_hash and public.invitation_open(i);
$$;

-- Makes the account a member by its invitation, once. Returns accepted, unknown, or already_member; a member's own
-- role is not changed by a link, and the link stays good for whom it was meant.
create function public.invitation_accept(token_hash text, account uuid, email text) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  granted text;
begin
  perform public.members_lock();
  if exists (select from public.members m where m.id = account) then
    return 'already_member';
  end if;
  update public.invitations i set accepted_at = now(), accepted_by = account
  where i.token_hash = invitation_accept.token_hash and public.invitation_open(i)
  returning i.role into granted;
  if not found then
    return 'unknown';
  end if;
  insert into public.members (id, email, role) values (account, invitation_accept.email, granted);
  return 'accepted';
end;
$$;

revoke execute on function
  public.members_lock(),
  public.invitation_open(public.invitations),
  public.has_owner(uuid),
  public.member_set_role(uuid, text),
  public.member_remove(uuid),
  public.setup_token_add(text, integer),
  public.setup_token_valid(text),
  public.setup_accept(text, uuid, text),
  public.invitation_create(text, text, text, integer),
  public.invitation_withdraw(uuid),
  public.invitation_of(text),
  public.invitation_accept(text, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.has_owner(uuid),
  public.member_set_role(uuid, text),
  public.member_remove(uuid),
  public.setup_token_add(text, integer),
  public.setup_token_valid(text),
  public.setup_accept(text, uuid, text),
  public.invitation_create(text, text, text, integer),
  public.invitation_withdraw(uuid),
  public.invitation_of(text),
  public.invitation_accept(text, uuid, text)
to service_role;
