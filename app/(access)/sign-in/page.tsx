import type { Metadata } from "next";
import { SignInView } from "@/components/access/sign-in-view";
import { nextPath } from "@/lib/session/next-path";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const { next, error } = await searchParams;
  const failure = error === "provider" || error === "not-a-member" ? error : undefined;
  return <SignInView next={nextPath(typeof next === "string" ? next : null)} failure={failure} />;
}
