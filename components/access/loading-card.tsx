import { Skeleton } from "@/components/ui/states";
import { AccessCard } from "./access-card";

/** The card before it is known what to ask for. */
export function LoadingCard({ title, description }: { title: string; description?: string }) {
  return (
    <AccessCard title={title} description={description}>
      <div role="status" aria-label="Loading" className="space-y-4">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
        <Skeleton className="h-9" />
      </div>
    </AccessCard>
  );
}
