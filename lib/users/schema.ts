import { z } from "zod";
import { pageAnswer } from "@/lib/http/page";
import { moment } from "@/lib/http/time";

/** Longest texts the central list accepts, in characters; the e-mail limit is RFC 5321's path of 256 less its brackets. */
export const MAX = { email: 254, name: 200, label: 100, id: 128 } as const;

/** Optional text: trimmed, and the empty text counts as none, which is what an emptied form field means. */
function optionalText(max: number) {
  return textOrNull(max).nullable().optional();
}

/** Text, trimmed; null when nothing is left. */
export function textOrNull(max: number) {
  return z
    .string()
    .trim()
    .max(max, `Use at most ${max} characters.`)
    .refine((text) => !text.includes("\0"), "Remove the NUL character.")
    .transform((text) => (text === "" ? null : text));
}

/** An e-mail address as people type it. */
export const email = z
  .string({ error: "Enter an e-mail address." })
  .trim()
  .max(MAX.email, `Use at most ${MAX.email} characters.`)
  .pipe(z.email("Enter an e-mail address such as ada@example.com."))
  .meta({ format: "email" });

/** Ids travel in URLs and in other people's tables, so the API accepts only characters that need no quoting there. */
export const userId = z
  .string()
  .trim()
  .min(1, "Enter an id.")
  .max(MAX.id, `Use at most ${MAX.id} characters.`)
  .regex(/^[A-Za-z0-9._:@|~-]+$/, "Use letters, digits and . _ : @ | ~ - only.")
  // RFC 3986, 5.2.4: whoever sends an address takes such segments out of it.
  .refine((id) => id !== "." && id !== "..", "Use another id: no address can hold . or .. by itself.");

/**
 * An id of somebody who may be there: rows written by SQL may have ids that the API would not make. Longer ones do
 * not fit into the address of a call to the centre, where a character takes up to twelve bytes.
 */
export const anyUserId = z
  .string({ error: "Name the user." })
  .min(1, "Name the user.")
  .max(200, "Use at most 200 characters.");

/** Whether a user is on the sites; who is inactive stays in the list. */
export const userStatus = z.enum(["active", "inactive"]);

/** A row of the central `user_profiles`. */
export const user = z
  .object({
    id: z.string(),
    clerk_user_id: z.string().describe("The id itself when there is no Clerk."),
    email: z.string(),
    full_name: z.string().nullable(),
    role: z.string(),
    team: z.string().nullable(),
    department: z.string().nullable(),
    status: userStatus.describe("Inactive users are taken away from the sites; the record stays."),
    created_at: moment,
    updated_at: moment,
    version: z.int().describe("Counts the changes of this user."),
  })
  .meta({
    id: "User",
    description: "A row of the central `user_profiles`.",
    examples: [
      {
        id: "0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11",
        clerk_user_id: "0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11",
        email: "ada@example.com",
        full_name: "Ada Lovelace",
        role: "user",
        team: "Engines",
        department: null,
        status: "active",
        created_at: "2026-11-20T09:00:00+00:00",
        updated_at: "2026-11-20T09:00:00+00:00",
        version: 1,
      },
    ],
  });
export type User = z.infer<typeof user>;

/** Answer of `GET /api/users`. */
export const userPage = pageAnswer(user);

export const fields = {
  email,
  full_name: optionalText(MAX.name),
  role: z
    .string()
    .trim()
    .min(1, "Enter a role, such as user.")
    .max(MAX.label, `Use at most ${MAX.label} characters.`)
    .refine((text) => !text.includes("\0"), "Remove the NUL character.")
    .optional(),
  team: optionalText(MAX.label),
  department: optionalText(MAX.label),
  clerk_user_id: userId.optional().describe("Without one the id stands in for it."),
};

/** Body of `POST /api/users`. */
export const createUserInput = z.strictObject({
  ...fields,
  id: userId.optional().describe("Without one a UUID is made."),
});
export type CreateUserInput = z.output<typeof createUserInput>;

/** Body of `PATCH /api/users/:id`: any of the fields, at least one. */
export const updateUserInput = z
  .strictObject({ ...fields, email: email.optional(), status: userStatus.optional() })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one field to change.");
export type UpdateUserInput = z.output<typeof updateUserInput>;

/** Path parameters of `/api/users/:id`. */
export const userParams = z.object({ id: anyUserId });
