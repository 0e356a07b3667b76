import { dataOf, UNIQUE_VIOLATION } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import { takenFields } from "@/lib/users/conflicts";
import type { CreateUserInput, UpdateUserInput, User } from "@/lib/users/schema";

const COLUMNS =
  "id,clerk_user_id,email,full_name,role,team,department,status,created_at,updated_at,version" as const;

/** Throws `not_found`. */
export async function getUser(ctx: Context, { id }: { id: string }): Promise<User> {
  const row = await ctx.centre.from("user_profiles").select(COLUMNS).eq("id", id).maybeSingle();
  return dataOf(row) ?? unknownUser();
}

/** Adds a user, which then goes to every active site. Throws `conflict` naming every field that is taken. */
export async function createUser(ctx: Context, input: CreateUserInput): Promise<User> {
  const row = await ctx.centre.rpc("user_create", { fields: input });
  if (row.error?.code === UNIQUE_VIOLATION) throw await conflict(ctx, input);
  ctx.wake();
  return dataOf(row);
}

/** Changes the fields that are given. Throws `not_found`, and `conflict` naming every field that is taken. */
export async function updateUser(
  ctx: Context,
  { id, ...patch }: UpdateUserInput & { id: string },
): Promise<User> {
  const row = await ctx.centre.rpc("user_update", { user_id: id, fields: patch });
  if (row.error?.code === UNIQUE_VIOLATION) throw await conflict(ctx, patch, id);
  ctx.wake();
  return dataOf(row) ?? unknownUser();
}

/** Makes a user inactive, which removes it from every site; the record stays. Twice is the same as once. */
export function deactivateUser(ctx: Context, { id }: { id: string }): Promise<User> {
  return updateUser(ctx, { id, status: "inactive" });
}

/** Makes a user active again, which puts it back into every site. Twice is the same as once. */
export function reactivateUser(ctx: Context, { id }: { id: string }): Promise<User> {
  return updateUser(ctx, { id, status: "active" });
}

async function conflict(ctx: Context, wanted: UpdateUserInput & { id?: string | undefined }, ownId?: string) {
  const errors = await takenFields(ctx, wanted, ownId);
  const detail = errors.map((error) => error.message).join(" ");
  return new AppError("conflict", detail || "Another user was changed at the same moment. Try again.", {
    errors,
  });
}

function unknownUser(): never {
  throw new AppError("not_found", "No user has this id.");
}
