import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { Article } from "@/components/docs/article";

export const metadata: Metadata = { title: "Receiving users" };

export default async function ReceivingUsersPage() {
  await requireMember("/docs/receiving-users");
  return <Article markdown={await readFile(join(process.cwd(), "docs", "receiving-users.md"), "utf8")} />;
}
