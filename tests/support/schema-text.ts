import type postgres from "postgres";

/**
 * Everything that migrations make in the schema public, a line for each thing: functions, tables, views, columns, types,
 * constraints, indexes, triggers and sequences with their definitions, settings, grants and comments. In grants, `owner`
 * stands for whoever owns them. Constructors of range types are left out: the server makes them, as its first superuser.
 */
export async function schemaText(sql: postgres.Sql, owner: string): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    with things as (
      select 'pg_proc'::regclass as catalog, p.oid, 0 as part, pg_get_functiondef(p.oid) as definition, p.proacl as grants
      from pg_proc p join pg_language l on l.oid = p.prolang
      where p.pronamespace = 'public'::regnamespace and l.lanname <> 'internal'
      union all
      select 'pg_class', c.oid, 0, format('%s %s rls %s %s %s %s %s %s', c.relname, c.relkind, c.relrowsecurity, c.relpersistence,
        c.reloptions, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
        case c.relkind when 'v' then pg_get_viewdef(c.oid) when 'i' then pg_get_indexdef(c.oid) end), c.relacl
      from pg_class c where c.relnamespace = 'public'::regnamespace
      union all
      select 'pg_class', a.attrelid, a.attnum, format('%s.%s %s %s %s %s %s', a.attrelid::regclass, a.attname,
        format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attoptions, pg_get_expr(d.adbin, d.adrelid)), a.attacl
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind <> 'i' and a.attnum > 0 and not a.attisdropped
      union all
      select 'pg_constraint', c.oid, 0, format('%s %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)), null
      from pg_constraint c where c.connamespace = 'public'::regnamespace
      union all
      select 'pg_trigger', t.oid, 0, pg_get_triggerdef(t.oid), null from pg_trigger t
      join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
      union all
      select 'pg_statistic_ext', s.oid, 0, pg_get_statisticsobjdef(s.oid), null
      from pg_statistic_ext s where s.stxnamespace = 'public'::regnamespace
      union all
      select 'pg_type', t.oid, 0, format('%s %s %s', t.typname, t.typtype,
        (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)), null
      from pg_type t where t.typnamespace = 'public'::regnamespace and t.typcategory <> 'A'
    )
    select format('%s | %s | %s | %s', catalog, definition,
      (select array_agg(replace(g::text, ${owner}, 'owner') order by g::text) from unnest(grants) g),
      (select d.description from pg_description d where d.classoid = catalog and d.objoid = t.oid and d.objsubid = part)) as line
    from things t order by 1`;
  return rows.map((row) => row.line);
}
