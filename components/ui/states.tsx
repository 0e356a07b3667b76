import { type LucideIcon, RotateCw, ServerOff } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button";
import { cn } from "./cn";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** The whole page says this, so the title is its heading. */
  wholePage?: boolean;
}

/** What a view says while it has nothing to show: why, and what to do first. */
export function EmptyState({ icon: Icon, title, children, action, wholePage }: EmptyStateProps) {
  const Heading = wholePage ? "h1" : "h2";
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 grid size-10 place-items-center rounded-lg border border-line-strong bg-surface text-faint shadow-card">
        <Icon aria-hidden className="size-5" />
      </span>
      <Heading className="font-semibold text-base">{title}</Heading>
      <div className="mt-1 max-w-sm text-balance text-soft wrap-anywhere">{children}</div>
      {action && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export function ErrorState({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div role="alert">
      <EmptyState
        icon={ServerOff}
        title="This did not load"
        action={
          <Button onClick={onRetry}>
            <RotateCw aria-hidden />
            Try again
          </Button>
        }
      >
        {error.message}
      </EmptyState>
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded bg-hover dark:bg-line", className)} />;
}

/** Grey rows in place of a list that is on its way. */
function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="divide-y">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <div key={row} className="flex h-13 items-center gap-4 px-4">
          <Skeleton className="h-3 w-40 max-w-[40%]" />
          <Skeleton className="ml-auto h-3 w-24" />
          <Skeleton className="hidden h-3 w-24 sm:block" />
        </div>
      ))}
    </div>
  );
}

/** A framed table while its rows are on their way; it fills the page as the table will. */
export function TableSkeleton({ rows = 10 }: { rows?: number }) {
  return (
    <div className="overflow-hidden rounded-lg border bg-surface shadow-card">
      <div className="h-9 border-b bg-sunken" />
      <SkeletonRows rows={rows} />
    </div>
  );
}

interface LoadedProps<Data> {
  query: { data: Data | undefined; error: Error | null; refetch: () => unknown };
  loading?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** Loading, error or full. Once there is data it stays, even when a later refresh fails: the header tells that. */
export function Loaded<Data>({ query, loading, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  return loading ?? <SkeletonRows />;
}
