import type { Route } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import type { MemberActor } from "@/lib/access/actor";
import { findMember } from "@/lib/access/authorize";
import { isOwnHost } from "@/lib/access/origin";
import { BrowserSession } from "@/lib/access/session";
import { connectCentre } from "@/lib/centre";
import { env } from "@/lib/env";
import { signInPath } from "@/lib/session/next-path";

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Who looks at a page, null for nobody who may. For what a layout shows: pages call `requireMember`. */
export async function currentMember(): Promise<MemberActor | null> {
  const found = await lookUp();
  return found.state === "member" ? found.member : null;
}

/** The account of this browser's session, whether a member's or not. For pages that need no sign-in. */
export async function currentAccount(): Promise<{ email: string; isMember: boolean } | null> {
  const found = await lookUp();
  if (found.state !== "member" && found.state !== "stranger") return null;
  return { email: found.email, isMember: found.state === "member" };
}

/**
 * Who looks at a page; every page of the dashboard asks for itself. Whoever is not signed in as a member is sent to
 * sign in and comes back to `path`, with its query when the page hands it on.
 */
export async function requireMember(path: string, search?: Search): Promise<MemberActor> {
  const found = await lookUp();
  if (found.state === "member") return found.member;
  const back = path + queryText(await search);
  const to = found.state === "renew" ? `/auth/renew?next=${encodeURIComponent(back)}` : signInPath(back);
  redirect(to as Route);
}

// A layout and its page ask in one go.
const lookUp = cache(async () => {
  const received = await headers(); // first: a build has no request, and no settings either
  const settings = env();
  if (!isOwnHost(received.get("host") ?? "", settings)) return { state: "nobody" } as const;
  const session = new BrowserSession(settings, received, { address: null });
  const account = await session.accountAsItIs();
  if (account === null) return { state: "nobody" } as const;
  if (account === "renew") return { state: "renew" } as const;
  return { email: account.email, ...(await findMember(connectCentre(settings), account)) };
});

function queryText(search: Awaited<Search> | undefined): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search ?? {})) {
    for (const one of [value ?? []].flat()) query.append(name, one);
  }
  return query.size > 0 ? `?${query}` : "";
}
