import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { UsersView } from "@/components/users/users-view";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage({ searchParams }: PageProps<"/users">) {
  await requireMember("/users", searchParams);
  return <UsersView />;
}
