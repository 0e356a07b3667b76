import type postgres from "postgres";

type Send = (
  query: string,
  parameters?: Parameters<postgres.ReservedSql["unsafe"]>[1],
  options?: postgres.UnsafeQueryOptions,
) => PromiseLike<unknown>;

const SETTING = /^\s*select set_config\('([\w.]+)', (?:\$1|''), true\)\s*$/i;

/**
 * Sends settings of a transaction together, before the statement that they are for. lite has ten for each request and waits
 * for every one, twice where it has a parameter: most of what an answer takes.
 */
export function gatherSettings(send: Send): Send {
  const gathered: string[] = [];
  return async (query, parameters = [], options) => {
    const [, name] = SETTING.exec(query) ?? [];
    if (name !== undefined) {
      gathered.push(name, String(parameters[0] ?? ""));
      return Object.assign([], { command: "SELECT", count: 0 });
    }
    const settings = gathered.splice(0);
    if (settings.length > 0) await send(statementFor(settings.length / 2), settings, { prepare: true });
    return await send(query, parameters, options);
  };
}

function statementFor(count: number): string {
  const calls = Array.from({ length: count }, (_, at) => `set_config($${2 * at + 1}, $${2 * at + 2}, true)`);
  return `select ${calls.join(", ")}`;
}
