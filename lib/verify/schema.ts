import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { FINDING_KINDS } from "@/lib/verify/finding-kinds";

const findingKind = z
  .enum(FINDING_KINDS)
  .describe(
    "`different`: the site's row has other values. `missing`: the site has no row of a user who should be there. " +
      "`extra`: the site has a row of nobody who should be there, such as a user of its own.",
  );

const onDrift = z
  .enum(["report", "repair"])
  .describe("`report`: what differs is shown. `repair`: different and missing rows are written again.");

const VERIFICATION_EXAMPLE = {
  id: "5d0f7a52-3c1b-4c7e-9a64-7f0b8f2f1c33",
  siteId: "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90",
  requestedBy: "ada@example.com",
  repair: false,
  expected: 1200,
  equal: 1197,
  different: 2,
  missing: 1,
  extra: 4,
  skipped: 0,
  repaired: 0,
  listed: true,
  errorCode: null,
  error: null,
  advice: null,
  startedAt: "2026-11-20T09:00:00+00:00",
  finishedAt: "2026-11-20T09:00:01+00:00",
} as const;

const counts = {
  id: z.uuid(),
  siteId: z.uuid(),
  requestedBy: z.string().nullable().describe("Who asked; null when it was due."),
  repair: z.boolean().describe("Different and missing rows are written again as they are found."),
  expected: z.int().describe("About how many rows the site should have."),
  equal: z.int(),
  different: z.int(),
  missing: z.int(),
  extra: z.int().describe("Of rows of nobody in the list, the first 10,000 are among the items."),
  skipped: z
    .int()
    .describe("Users who were on their way to the site just then, of whom nothing can be said."),
  repaired: z.int().describe("Rows found that have been put right since."),
  listed: z.boolean().describe("False once its items were dropped: the newest two of a site keep theirs."),
  errorCode: z.string().nullable(),
  error: z.string().nullable().describe("Why the site could not be read, this time or for good."),
  advice: z.string().nullable().describe("What to do about `error`."),
  startedAt: moment,
  finishedAt: moment.optional().describe("There once it has ended."),
};

/** A comparison of a site with the list. */
const verification = z.object(counts).meta({
  id: "Verification",
  description: "A comparison of a site with the list.",
  examples: [VERIFICATION_EXAMPLE],
});
export type Verification = z.infer<typeof verification>;

/** A row that is not as the list has it. */
const finding = z.object({
  userId: z.string().describe("The row's id at the site; a user's, unless the row is extra."),
  kind: findingKind,
  email: z.string().nullable(),
  fields: z
    .array(z.object({ name: z.string(), here: z.string().nullable(), there: z.string().nullable() }))
    .describe("What differs: `here` in the list, `there` at the site. Of an extra row, what the site has."),
  foundAt: moment,
  repairing: z.boolean().describe("It is being put right."),
  repairedAt: moment.nullable(),
});
export type Finding = z.infer<typeof finding>;

/** Answer of `GET /api/sites/:id/verifications/:verificationId`. */
export const verificationDetail = z.object({ ...counts, ...pageAnswer(finding).shape });
export type VerificationDetail = z.infer<typeof verificationDetail>;

/** Answer of `GET /api/sites/:id/verifications`. */
export const verificationPage = pageAnswer(verification);

export const verificationParams = z.object({
  id: z.uuid("A site's id is a UUID."),
  verificationId: z.uuid("A verification's id is a UUID."),
});

/** Query of `GET /api/sites/:id/verifications/:verificationId`. */
export const findingsQuery = z.strictObject({ kind: findingKind.optional(), ...pageQuery });
export type FindingsQuery = z.output<typeof findingsQuery>;

export const listVerificationsQuery = z.strictObject(pageQuery);
export type ListVerificationsQuery = z.output<typeof listVerificationsQuery>;

/** Body of `POST /api/sites/:id/verify`. */
export const verifyInput = z.strictObject({
  repair: z.boolean().default(false).describe("Write different and missing rows again as they are found."),
});
export type VerifyInput = z.output<typeof verifyInput>;

/** Answer of `POST /api/sites/:id/verify`. */
export const verifyStarted = z.object({ verificationId: z.uuid() });
export type VerifyStarted = z.infer<typeof verifyStarted>;

/** Body of `PUT /api/sites/:id/verify`. */
export const verifySettingsInput = z.strictObject({
  everyMinutes: z
    .int()
    .min(5, "Use at least 5 minutes.")
    .max(10_080, "Use at most 10,080 minutes, a week.")
    .nullable()
    .describe("How often the site is compared; null: only when asked."),
  onDrift,
});
export type VerifySettingsInput = z.output<typeof verifySettingsInput>;

/** Answer of `GET` and `PUT /api/sites/:id/verify`. */
export const siteVerify = z
  .object({
    ...verifySettingsInput.shape,
    nextAt: moment.nullable().describe("When it is compared next by itself, unless it is in trouble then."),
    runningId: z.uuid().nullable().describe("The comparison under way."),
    last: verification.nullable().describe("The newest comparison that has ended."),
  })
  .meta({
    id: "SiteVerify",
    description: "How often a site is compared with the list, and what came of it.",
    examples: [
      {
        everyMinutes: 60,
        onDrift: "report",
        nextAt: "2026-11-20T10:00:00+00:00",
        runningId: null,
        last: VERIFICATION_EXAMPLE,
      },
    ],
  });
export type SiteVerify = z.infer<typeof siteVerify>;

/** Body of `POST /api/sites/:id/verifications/:verificationId/repair`. */
export const repairInput = z.strictObject({
  kind: findingKind,
  userIds: z
    .array(z.string().min(1).max(200))
    .min(1, "Name at least one.")
    .max(500)
    .optional()
    .describe("Without it, all of the kind."),
});
export type RepairInput = z.output<typeof repairInput>;

/** Answer of `POST /api/sites/:id/verifications/:verificationId/repair`. */
export const repairStarted = z.object({ pairs: z.int().describe("How many rows are put right.") });
export type RepairStarted = z.infer<typeof repairStarted>;

/** A comparison as the centre has it. */
export type CentreVerification = Omit<Verification, "advice">;
