"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Users } from "lucide-react";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ScrollRegion } from "@/components/ui/scroll-region";
import { EmptyState, Loaded } from "@/components/ui/states";
import { Td, Th } from "@/components/ui/table";
import { mappingPreviewQuery } from "@/lib/mapping/queries";
import type { Arrival, MappingInput, MappingPreview } from "@/lib/mapping/schema";
import type { Site } from "@/lib/sites/schema";
import { Problems } from "./problems";

/** Real users as they would arrive by a mapping that is not saved yet. */
export function Arrivals({ site, draft }: { site: Site; draft: MappingInput }) {
  const whole = isWhole(draft);
  const preview = useQuery({ ...mappingPreviewQuery(site.id, draft), enabled: whole });
  if (!whole) {
    return (
      <Card title="As users would arrive">
        <EmptyState icon={Users} title="Not all is said yet">
          Name each column and what it is filled from, and the one by which rows are found.
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card
      title="As users would arrive"
      aside={preview.isPlaceholderData ? "Looking…" : "Nothing is written yet"}
    >
      {preview.error ? (
        <div className="p-4">
          <Problems problems={[]} fallback={preview.error.message} />
        </div>
      ) : (
        <Loaded query={preview}>{(shown) => <Preview {...shown} />}</Loaded>
      )}
    </Card>
  );
}

/** Whether nothing is left blank: the server would only say that it is. */
function isWhole({ mapping }: MappingInput): boolean {
  return (
    mapping === null ||
    (mapping.match !== "" &&
      mapping.columns.every(
        ({ column, from }) => column !== "" && (from.kind !== "template" || from.template !== ""),
      ))
  );
}

function Preview({ problems, warnings, arrivals }: MappingPreview) {
  return (
    <>
      {problems.length > 0 && (
        <div className="border-b p-4">
          <Problems problems={problems} fallback="" />
        </div>
      )}
      {warnings.map(({ path, message }) => (
        <p key={path} className="flex gap-2 border-b bg-warn-soft px-4 py-2.5 text-warn">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {message}
        </p>
      ))}
      {arrivals.length === 0 ? (
        <EmptyState icon={Users} title="Nobody yet">
          There is no active user in this site's scope. Add one to see how it would arrive.
        </EmptyState>
      ) : (
        <ArrivalTable arrivals={arrivals} />
      )}
    </>
  );
}

function ArrivalTable({ arrivals }: { arrivals: readonly Arrival[] }) {
  const columns = [...new Set(arrivals.flatMap(({ row }) => Object.keys(row)))];
  return (
    <ScrollRegion label="Users as they would arrive" className="max-h-96 overflow-auto">
      <table className="w-full border-separate border-spacing-0 text-left">
        <thead>
          <tr>
            {columns.map((column) => (
              <Th key={column} className="font-mono">
                {column}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {arrivals.map(({ userId, row, problems }) => (
            <tr key={userId}>
              {columns.map((column) => {
                const problem = problems.find((one) => one.column === column)?.message;
                return (
                  <Td key={column} className={cn("max-w-72 truncate", problem && "bg-bad-soft text-bad")}>
                    <span title={problem}>{shownValue(row, column)}</span>
                    {problem && <span className="sr-only">: {problem}</span>}
                  </Td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function shownValue(row: Arrival["row"], column: string) {
  const value = row[column];
  if (value === undefined) return <span className="text-faint">as it is</span>;
  if (value === null || value === "") return <span className="text-faint">empty</span>;
  return String(value);
}
