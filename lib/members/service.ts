import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { MemberRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import type { ListMembersQuery, Member } from "@/lib/members/schema";
import { pageOf, readCursor, rowsAfterKey } from "@/lib/paging";

/** Members, by e-mail address. */
export async function listMembers(ctx: Context, query: ListMembersQuery): Promise<Page<Member>> {
  const wanted = query.limit + 1;
  const find = (limit: number) =>
    ctx.centre
      .from("members")
      .select("id,email,role,created_at,last_seen_at")
      .order("email")
      .order("id")
      .limit(limit);
  const after = readCursor(query.cursor, z.tuple([z.string(), z.uuid()]));
  const rows = after
    ? await rowsAfterKey(
        wanted,
        async (limit) => dataOf(await find(limit).eq("email", after[0]).gt("id", after[1])),
        async (limit) => dataOf(await find(limit).gt("email", after[0])),
      )
    : dataOf(await find(wanted));
  return pageOf(rows.map(toMember), query.limit, (member) => [member.email, member.id]);
}

/** Changes a role, from the member's next request on. Throws `not_found` and `last_owner`. */
export async function changeRole(
  ctx: Context,
  { id, role }: { id: string; role: Member["role"] },
): Promise<Member> {
  return changed(await ctx.centre.rpc("member_set_role", { member_id: id, new_role: role }));
}

/** Removes a member and ends its sessions at once; the account stays. Throws `not_found` and `last_owner`. */
export async function removeMember(ctx: Context, { id }: { id: string }): Promise<Member> {
  return changed(await ctx.centre.rpc("member_remove", { member_id: id }));
}

type Changed = Parameters<typeof dataOf<{ member?: MemberRow; problem?: string } | null>>[0];

function changed(answer: Changed): Member {
  const outcome = dataOf(answer);
  if (outcome?.problem === "last_owner") {
    throw new AppError("last_owner", "This is the last owner. Make somebody else an owner first.");
  }
  if (!outcome?.member) throw new AppError("not_found", "No member has this id.");
  return toMember(outcome.member);
}

function toMember({ created_at, last_seen_at, ...same }: MemberRow): Member {
  return { ...same, createdAt: created_at, lastSeenAt: last_seen_at };
}
