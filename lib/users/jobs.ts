import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { UserJob, UserJobs } from "@/lib/users/job-schema";

const MOST_TOLD = 20;

/** Changes of many users and imports that go on, or ended within a day. */
export async function listJobs(ctx: Context): Promise<UserJobs> {
  return { items: dataOf(await ctx.centre.rpc("user_job_list", { max_jobs: MOST_TOLD })) };
}

/** A change of many users or an import, and how far it is. Throws `not_found`. */
export async function getJob(ctx: Context, { id }: { id: string }): Promise<UserJob> {
  return dataOf(await ctx.centre.rpc("user_job_read", { job: id })) ?? unknownJob();
}

/** Ends it after the step on its way; what is done stays done. Throws `not_found`, and `conflict` when it has ended. */
export async function cancelJob(ctx: Context, { id }: { id: string }): Promise<UserJob> {
  if ((await getJob(ctx, { id })).state !== "running") throw ended();
  const job = dataOf(await ctx.centre.rpc("user_job_cancel", { job: id })) ?? unknownJob();
  if (job.state !== "cancelled") throw ended();
  return job;
}

/** Takes what came of it off the list. Throws `not_found`, and `conflict` while it is under way. */
export async function dismissJob(ctx: Context, { id }: { id: string }): Promise<UserJob> {
  const job = dataOf(await ctx.centre.rpc("user_job_dismiss", { job: id })) ?? unknownJob();
  if (job.state === "running") throw new AppError("conflict", "This is still under way. Stop it first.");
  return job;
}

function ended(): AppError {
  return new AppError("conflict", "This has ended already.");
}

function unknownJob(): never {
  throw new AppError("not_found", "No job has this id. One that has ended is kept for a week.");
}
