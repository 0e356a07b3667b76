import { requireMember } from "@/app/require-member";
import { OverviewView } from "@/components/overview/overview-view";

export default async function OverviewPage() {
  await requireMember("/");
  return <OverviewView />;
}
