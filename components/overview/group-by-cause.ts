import type { Cause } from "@/lib/runs/insight-schema";

export interface CauseGroup {
  key: string;
  status: Cause["status"];
  error: string;
  advice: string | null;
  /** Where, most users first. */
  sites: Cause[];
  /** Over all its sites; a user who fails at two of them counts twice. */
  users: number;
}

/** What fails, by reason and no longer by site; what waits for a person comes first, then what concerns most users. */
export function groupByCause(causes: Cause[]): CauseGroup[] {
  const groups = Map.groupBy(causes, ({ status, errorCode }) => `${status} ${errorCode ?? ""}`);
  return [...groups]
    .map(([key, sites]) => toGroup(key, sites))
    .sort((one, other) => rank(one) - rank(other) || other.users - one.users);
}

function toGroup(key: string, causes: Cause[]): CauseGroup {
  const sites = causes.toSorted((one, other) => other.users - one.users);
  const [first] = sites;
  return {
    key,
    status: first?.status ?? "failed",
    error: first?.error ?? "The reason is not known.",
    advice: first?.advice ?? null,
    sites,
    users: sites.reduce((sum, { users }) => sum + users, 0),
  };
}

function rank({ status }: CauseGroup): number {
  return status === "failed" ? 0 : 1;
}
