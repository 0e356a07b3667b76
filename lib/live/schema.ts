import { z } from "zod";
import { overview } from "@/lib/runs/schema";

/** Marks that move when the lists they stand for may have changed. */
const marks = z.object({
  users: z.int(),
  log: z.int(),
  states: z.int(),
  runs: z.string().nullable(),
  jobs: z.string().nullable(),
  sites: z.string().nullable(),
});
export type Marks = z.infer<typeof marks>;

/**
 * A message of `GET /api/events`: the first one at once, then one whenever anything changed, and one when the central
 * database leaves a question open for long, with what was known before.
 */
export const pulse = z
  .object({
    overview,
    marks,
    silentSeconds: z.int().meta({
      description: "For how long the central database has not answered; 0 when this is what it says now.",
    }),
  })
  .meta({ id: "Pulse", description: "The counts, and marks that move when lists may have changed." });
export type Pulse = z.infer<typeof pulse>;
