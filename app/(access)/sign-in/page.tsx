import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { currentAccount } from "@/app/require-member";
import { SignInView } from "@/components/access/sign-in-view";
import { nextPath } from "@/lib/session/next-path";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const [{ next, error }, account] = await Promise.all([searchParams, currentAccount()]);
  const path = nextPath(typeof next === "string" ? next : null);
  if (account?.isMember) redirect(path as Route);
  return <SignInView next={path} stranger={account?.email ?? null} providerFailed={error === "provider"} />;
}
