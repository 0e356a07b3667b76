import { ArrowDown, ArrowUp } from "lucide-react";
import type { ComponentProps } from "react";
import { Button } from "./button";
import { cn } from "./cn";

/** A column's head; it stays in sight while the rows scroll. */
export function Th({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn(
        "sticky top-0 z-10 h-9 whitespace-nowrap border-b bg-sunken px-3 font-medium text-faint text-xs",
        className,
      )}
      {...props}
    />
  );
}

export function Td({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("border-b px-3 py-2", className)} {...props} />;
}

interface SortThProps extends ComponentProps<"th"> {
  /** The order in which this column's rows are now, if they are sorted by it. */
  sorted: "ascending" | "descending" | undefined;
  onSort: () => void;
}

/** The head of a column by which the rows can be sorted. */
export function SortTh({ sorted, onSort, children, className, ...props }: SortThProps) {
  const Icon = sorted === "descending" ? ArrowDown : ArrowUp;
  return (
    <Th aria-sort={sorted ?? "none"} className={cn("p-0", className)} {...props}>
      <button
        type="button"
        onClick={(event) => {
          event.currentTarget.closest("section")?.scrollTo({ top: 0 });
          onSort();
        }}
        className="group -outline-offset-2 flex h-9 w-full items-center gap-1 px-3 pointer-coarse:h-10 font-medium hover:text-ink"
      >
        {children}
        <Icon
          aria-hidden
          className={cn(
            "size-3.5",
            sorted ? "text-ink" : "opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60",
          )}
        />
      </button>
    </Th>
  );
}

interface LoadMoreProps {
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
}

/** The end of a list that goes on at the server. */
export function LoadMore({ query }: LoadMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="sticky left-0 flex justify-center p-3">
      <Button loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        Load more
      </Button>
    </div>
  );
}
