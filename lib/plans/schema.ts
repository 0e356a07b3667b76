import { z } from "zod";
import { moment } from "@/lib/http/time";
import { mappingInput } from "@/lib/mapping/schema";
import { PLAN_KINDS } from "@/lib/plans/kinds";
import { MOST_PLANNED } from "@/lib/plans/limits";
import { scope } from "@/lib/sync/core/scope";
import { bulkChange } from "@/lib/users/bulk-schema";
import { userFilter } from "@/lib/users/list-schema";

const siteId = z.uuid("A site's id is a UUID.");

/** Body of `POST /api/plans`: an action, with what it would take. */
export const planInput = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("sync_all").describe("As `POST /api/sync/all-users`."),
    siteIds: z.array(siteId).min(1, "Name at least one site.").max(1000).optional(),
    force: z.boolean().default(false).describe("Also write rows that a site has confirmed."),
  }),
  z.strictObject({
    action: z.literal("scope").describe("As `PUT /api/sites/{id}/scope`."),
    siteId,
    scope: scope.nullable().describe("Null for everyone."),
  }),
  mappingInput.safeExtend({
    action: z.literal("mapping").describe("As `PUT /api/sites/{id}/mapping`."),
    siteId,
  }),
  z.strictObject({
    action: z.literal("removal").describe("As `removalPolicy` of `PATCH /api/sites/{id}`."),
    siteId,
    removalPolicy: z.enum(["delete", "deactivate", "keep"]),
  }),
  z.strictObject({
    action: z.literal("bulk").describe("As `POST /api/users/bulk`, of at most 5,000 users."),
    ids: z.array(z.string().min(1).max(200)).min(1).max(MOST_PLANNED).optional(),
    query: z.strictObject(userFilter).optional(),
    change: bulkChange,
  }),
  z.strictObject({
    action: z.literal("import").describe("As `POST /api/users/import`, of at most 5,000 lines."),
    csv: z.string(),
  }),
]);
export type PlanInput = z.output<typeof planInput>;
/** The same as a caller writes it. */
export type PlanRequest = z.input<typeof planInput>;

/** Answer of `POST /api/plans`. */
export const planMade = z.object({ id: z.uuid() });
export type PlanMade = z.infer<typeof planMade>;

export const planParams = z.object({ id: z.uuid("A plan's id is a UUID.") });

const field = z.object({
  name: z.string(),
  here: z.string().nullable().describe("As it is to be."),
  there: z.string().nullable().describe("As the site has it."),
});

const sample = z.object({
  kind: z.enum(PLAN_KINDS),
  userId: z.string(),
  email: z.string(),
  reason: z.string().nullable().describe("Why a row is removed or skipped."),
  fields: z.array(field),
});
export type PlanSample = z.infer<typeof sample>;

const counts = (words: string) => z.record(z.string(), z.int()).describe(words);

const plannedSite = z.object({
  siteId: z.uuid(),
  site: z.string(),
  done: z.boolean().describe("False while the site is being compared."),
  looked: z.int().describe("Users who were looked at so far."),
  create: z.int(),
  update: z.int(),
  remove: z.int(),
  skip: z.int(),
  skipped: counts(
    "Why rows are skipped: `equal`, `out_of_scope`, `inactive`, `kept` by the site's removal policy, `held` by the removal guard, `blocked` by a row of the site's own, waiting for the `take_over` of a table that has rows, or `left_alone`.",
  ),
  updatedFields: counts("How many rows change in which column."),
  problem: z.string().nullable().describe("Why nothing can be said of this site, and nothing is promised."),
  samples: z
    .array(sample)
    .describe(
      "Up to 20 of a kind; what is as it should be is not among them. None for a key without `users:read`.",
    ),
});
export type PlannedSite = z.infer<typeof plannedSite>;

/** Answer of `GET /api/plans/:id`. */
export const plan = z
  .object({
    id: z.uuid(),
    action: z.enum(["sync_all", "scope", "mapping", "removal", "bulk", "import"]),
    state: z
      .enum(["planning", "ready", "checking", "applied", "refused", "failed"])
      .describe(
        "`planning`: the sites are being compared. `ready`: apply it. `checking`: it is being applied, and the sites are read once more first. `refused`: the data moved, nothing was written. `failed`: no site could be read.",
      ),
    requestedBy: z.string(),
    createdAt: moment,
    runId: z.uuid().nullable().describe("The sync that applying started."),
    report: z
      .record(z.string(), z.unknown())
      .describe("What becomes of the list by a bulk edit or an import."),
    moved: z.array(z.string()).describe("Why it was refused."),
    sites: z.array(plannedSite),
  })
  .meta({
    id: "Plan",
    description: "What an action would do at each site.",
    examples: [
      {
        id: "9b1d0c52-7a43-4f0e-8f57-30d9f6a4b1c2",
        action: "scope",
        state: "ready",
        requestedBy: "ada@example.com",
        createdAt: "2026-11-20T09:00:00+00:00",
        runId: null,
        report: {},
        moved: [],
        sites: [
          {
            siteId: "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90",
            site: "HRMS",
            done: true,
            looked: 1000,
            create: 0,
            update: 0,
            remove: 30,
            skip: 970,
            skipped: { equal: 970 },
            updatedFields: {},
            problem: null,
            samples: [
              {
                kind: "remove",
                userId: "user_ada",
                email: "ada@example.com",
                reason: "out_of_scope",
                fields: [],
              },
            ],
          },
        ],
      },
    ],
  });
export type Plan = z.infer<typeof plan>;

/** Answer of `POST /api/plans/:id/apply`. */
export const planApplied = z.object({
  runId: z
    .uuid()
    .describe("Its progress. Of a large plan it ends cancelled when the sites turn out to have moved."),
});
export type PlanApplied = z.infer<typeof planApplied>;
