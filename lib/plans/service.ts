import { setTimeout as sleep } from "node:timers/promises";
import { roleMay } from "@/lib/access/roles";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { planImport } from "@/lib/plans/import";
import { MOST_PLANNED } from "@/lib/plans/limits";
import type { Plan, PlanApplied, PlanInput, PlanMade } from "@/lib/plans/schema";
import { settingsOf } from "@/lib/plans/settings";
import { refuseUnreadySites } from "@/lib/runs/service";
import { getSite, refuseWhileDisconnecting, unknownSite } from "@/lib/sites/service";

/** What an action needs besides `sync:run`. */
const NEEDS = {
  sync_all: "sync:run",
  scope: "sites:write",
  mapping: "sites:write",
  removal: "sites:write",
  bulk: "users:write",
  import: "users:write",
} as const;

/**
 * Begins to find out what an action would do at each site; nothing is changed. Throws what the action itself would throw
 * about its input, and `forbidden` for whoever may not do it.
 */
export async function makePlan(ctx: Context, input: PlanInput): Promise<PlanMade> {
  refuseWithout(ctx, NEEDS[input.action]);
  if ("siteId" in input) refuseWhileDisconnecting(await getSite(ctx, { id: input.siteId }));
  if (input.action === "sync_all" && input.siteIds) await refuseUnreadySites(ctx, input.siteIds);
  if (input.action === "bulk" && (input.ids === undefined) === (input.query === undefined)) {
    throw invalid([{ path: "", message: "Give either ids or query." }]);
  }
  const made = input.action === "import" ? await planImport(ctx, input.csv) : await create(ctx, input);
  ctx.wake();
  return made;
}

async function create(ctx: Context, { action, ...input }: Exclude<PlanInput, { action: "import" }>) {
  const settings = await settingsOf(ctx, { action, ...input } as Exclude<PlanInput, { action: "import" }>);
  const args = { action, input: settings, requested_by: ctx.actor.name };
  const answer = dataOf(await ctx.centre.rpc("plan_create", args));
  if (!("problem" in answer)) return answer;
  if (answer.problem === "unknown") unknownSite();
  throw invalid([
    { path: "query", message: `More than ${MOST_PLANNED} users would be changed: plan fewer at once.` },
  ]);
}

/** A plan and how far it is; without samples for a key that may not read users. Throws `not_found`. */
export async function getPlan(ctx: Context, { id }: { id: string }): Promise<Plan> {
  const plan = dataOf(await ctx.centre.rpc("plan_read", { plan_id: id })) ?? unknownPlan();
  if (ctx.actor.kind !== "key" || ctx.actor.scopes.includes("users:read")) return plan;
  return { ...plan, sites: plan.sites.map((site) => ({ ...site, samples: [] })) };
}

/** As long as callers wait for an answer; some thousand rows are read again meanwhile. */
const WAIT_MS = 20_000;
const POLL_MS = 75;

/**
 * Does exactly what was planned. First all that the plan rests on is looked at again, at the centre and at the sites: if
 * anything moved, it throws `conflict` with what that was, and nothing is written. Where reading the sites again takes
 * longer than a request may, it goes on in the background and the plan's state tells. Throws `not_found`, and `conflict`
 * for a plan that is not ready.
 */
export async function applyPlan(ctx: Context, { id }: { id: string }): Promise<PlanApplied> {
  const { action } = await getPlan(ctx, { id });
  refuseWithout(ctx, NEEDS[action]);
  const answer = dataOf(await ctx.centre.rpc("plan_apply", { plan_id: id, requested_by: ctx.actor.name }));
  if ("moved" in answer) throw moved(answer.moved);
  if ("problem" in answer) throw notReady(answer.problem);
  ctx.wake();
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline && !ctx.signal.aborted) {
    const plan = dataOf(await ctx.centre.rpc("plan_state", { plan_id: id }));
    if (plan?.state === "refused") throw moved(plan.moved);
    if (plan?.state !== "checking") break;
    await sleep(POLL_MS);
  }
  ctx.wake();
  return { runId: answer.runId };
}

function moved(reasons: readonly string[]): AppError {
  return new AppError(
    "conflict",
    `The data moved since this was planned, so nothing was done. ${reasons.join(" ")}`,
    {
      errors: reasons.map((message) => ({ path: "", message })),
    },
  );
}

function notReady(state: "unknown" | Plan["state"] | "draft"): AppError {
  switch (state) {
    case "unknown":
      return unknownPlan();
    case "applied":
    case "checking":
      return new AppError("conflict", "This plan was applied already.");
    case "refused":
    case "failed":
      return new AppError("conflict", "This plan cannot be applied any more. Plan again.");
    default:
      return new AppError("conflict", "The sites are still being compared. Apply the plan when it is ready.");
  }
}

function unknownPlan(): never {
  throw new AppError("not_found", "No plan has this id; plans are kept for a week.");
}

function refuseWithout({ actor }: Context, scope: (typeof NEEDS)[keyof typeof NEEDS]): void {
  const may =
    actor.kind === "key"
      ? actor.scopes.includes(scope)
      : actor.kind === "member" && roleMay(actor.role, scope);
  if (!may) throw new AppError("forbidden", `Planning this takes the scope ${scope}, as doing it does.`);
}
