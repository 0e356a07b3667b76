import { z } from "zod";
import { pairStatus } from "@/lib/sync/core/pair-status";
import { scope } from "@/lib/sync/core/scope";
import { anyUserId } from "@/lib/users/schema";

/** Body of `PUT /api/sites/:id/scope` and of its preview. */
export const scopeInput = z.strictObject({ scope: scope.nullable().describe("Null for everyone.") });
export type ScopeInput = z.output<typeof scopeInput>;

/** Answer of `GET /api/sites/:id/scope`. */
export const siteScope = z
  .object({ scope: scope.nullable() })
  .meta({ id: "SiteScope", description: "Which users a site gets; null: everyone." });
export type SiteScope = z.infer<typeof siteScope>;

/** Answer of `PUT /api/sites/:id/scope`. */
export const scopeSaved = siteScope.extend({
  runId: z.uuid().nullable().describe("The full sync that it started; null when nothing had to be done."),
});
export type ScopeSaved = z.infer<typeof scopeSaved>;

const person = z.object({ id: z.string(), email: z.string(), full_name: z.string().nullable() });

/** Answer of `POST /api/sites/:id/scope/preview`. */
export const scopePreview = z.object({
  users: z.int().describe("Active users of the list."),
  inScope: z.int(),
  added: z.int().describe("Users in scope who are not at the site now."),
  removed: z.int().describe("Users out of scope who are at the site now."),
  addedSample: z.array(person).describe("Up to ten of them."),
  removedSample: z.array(person).describe("Up to ten of them."),
});
export type ScopePreview = z.infer<typeof scopePreview>;

export const whyQuery = z.strictObject({ userId: anyUserId });

const whyRule = z.object({
  rule: z.string().describe("In words."),
  passed: z.boolean(),
  depth: z.int().describe("How deep it stands within other rules."),
});

/** Answer of `GET /api/sites/:id/why`. */
export const why = z
  .object({
    inScope: z.boolean(),
    rules: z.array(whyRule).describe("Every rule of the site's scope; none when it gets everyone."),
    status: pairStatus,
    reason: z.string().describe("Why the user is there or not, in a sentence."),
  })
  .meta({ id: "Why", description: "Why a user is at a site or not." });
export type Why = z.infer<typeof why>;

/** The same as the centre has it. */
export interface CentreWhy {
  inScope: boolean;
  rules: { rule: z.infer<typeof scope>; passed: boolean; depth: number }[];
  userStatus: "active" | "inactive";
  status: z.infer<typeof pairStatus>;
  errorCode: string | null;
  error: string | null;
  written: boolean;
  removalPolicy: "delete" | "deactivate" | "keep";
  /** The site has a row of this person that was left to it. */
  left: boolean;
}
