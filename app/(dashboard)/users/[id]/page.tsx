import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { UserView } from "@/components/users/page/user-view";

export const metadata: Metadata = { title: "User" };

export default async function UserPage({ params, searchParams }: PageProps<"/users/[id]">) {
  await requireMember(`/users/${(await params).id}`, searchParams);
  return <UserView id={decodeURIComponent((await params).id)} />;
}
