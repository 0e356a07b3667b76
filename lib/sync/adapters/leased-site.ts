import { z } from "zod";
import type { RemovalPolicy } from "../core/plan";

/** What a worker needs to reach a site whose lease it holds, as the centre's lease functions answer it. */
export const reachable = {
  id: z.string(),
  name: z.string(),
  kind: z.enum(["supabase", "webhook"]),
  leaseId: z.string(),
  url: z.string(),
  credentials: z.string(),
  removalPolicy: z.enum(["delete", "deactivate", "keep"]),
  removalColumn: z.string().nullable(),
};

interface RemovalColumns {
  removalPolicy: RemovalPolicy["kind"];
  removalColumn: string | null;
}

/** Puts a site's removal policy together from its two columns. Throws when it deactivates and has no column for that. */
export function withRemoval<T extends RemovalColumns>({ removalPolicy, removalColumn, ...site }: T) {
  return { ...site, removal: toRemoval(removalPolicy, removalColumn) };
}

function toRemoval(kind: RemovalPolicy["kind"], column: string | null): RemovalPolicy {
  if (kind !== "deactivate") return { kind };
  if (column === null) throw new Error("A site that deactivates has no column for it");
  return { kind, column };
}
