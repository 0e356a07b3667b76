-- A preview said that another scope removes users whose removal is held, which it does not.

-- What a scope would mean at a site: {"users": active ones, "inScope", "added", "removed"} as counts, and up to ten of
-- those who would be added and removed; null when there is no such site. A row that was deactivated or kept for somebody
-- who left counts as gone; whose removal is held stays there, whatever the scope.
create or replace function public.scope_preview(site_id uuid, scope jsonb) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(scope_preview.scope, 'null');
  site public.connected_sites;
  judged text;
  answer jsonb;
  samples jsonb;
begin
  select s.* into site from public.connected_sites s where s.id = scope_preview.site_id and s.disconnected_at is null;
  if not found then
    return null;
  end if;
  judged := format(
    '(select u.id, u.email, u.full_name, %s as inside,
        coalesce(p.written and (p.generation = %s or %L) and p.status not in (''out_of_scope'', ''removed'', ''kept''), false) as there,
        coalesce(p.status = ''held'', false) as held
      from public.user_profiles u left join public.user_sync_state p on p.user_id = u.id and p.site_id = %L
      where u.status = ''active'') j',
    coalesce(public.scope_condition(wanted), 'true'), site.generation, site.kind = 'webhook', site.id);
  execute 'select jsonb_build_object(''users'', count(*), ''inScope'', count(*) filter (where inside),
      ''added'', count(*) filter (where inside and not there), ''removed'', count(*) filter (where there and not inside and not held))
    from ' || judged into answer;
  execute format(
    'select jsonb_build_object(
      ''addedSample'', coalesce((select jsonb_agg(to_jsonb(a) - ''inside'' - ''there'' - ''held'') from (
        select * from %1$s where inside and not there order by id limit 10) a), ''[]''),
      ''removedSample'', coalesce((select jsonb_agg(to_jsonb(r) - ''inside'' - ''there'' - ''held'') from (
        select * from %1$s where there and not inside and not held order by id limit 10) r), ''[]''))', judged) into samples;
  return answer || samples;
end;
$$;
