import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { FieldError } from "@/lib/errors";
import { equalIgnoringCase } from "@/lib/postgrest";

interface Wanted {
  id?: string | undefined;
  email?: string | undefined;
  clerk_user_id?: string | undefined;
}

/**
 * Which of the unique fields another user has already. PostgreSQL names only the first constraint it finds
 * broken, and a person should learn of all of them at once. `ownId` is the user being changed, if any.
 */
export async function takenFields(ctx: Context, wanted: Wanted, ownId?: string): Promise<FieldError[]> {
  // Without a Clerk id of its own a new user gets its id as one.
  const clerkId = wanted.clerk_user_id ?? wanted.id;
  // Ids that the API accepts need no quoting inside `or`.
  const filters = [
    wanted.id && `id.eq.${wanted.id}`,
    wanted.email && equalIgnoringCase("email", wanted.email),
    clerkId && `clerk_user_id.eq.${clerkId}`,
  ].filter(Boolean);
  if (filters.length === 0) return [];
  const rows = await ctx.centre.from("user_profiles").select("id,email,clerk_user_id").or(filters.join(","));
  const others = dataOf(rows).filter((user) => user.id !== ownId);
  const errors: FieldError[] = [];
  if (wanted.id && others.some((user) => user.id === wanted.id)) {
    errors.push({ path: "id", message: "Another user has this id." });
  }
  if (wanted.email && others.some((user) => user.email.toLowerCase() === wanted.email?.toLowerCase())) {
    errors.push({ path: "email", message: "Another user has this e-mail address." });
  }
  if (clerkId && others.some((user) => user.clerk_user_id === clerkId)) {
    if (wanted.clerk_user_id) {
      errors.push({ path: "clerk_user_id", message: "Another user has this Clerk id." });
    } else if (!errors.some((error) => error.path === "id")) {
      errors.push({ path: "id", message: "Another user has this id as its Clerk id." });
    }
  }
  return errors;
}
