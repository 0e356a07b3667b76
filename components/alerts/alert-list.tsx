import { CircleCheck } from "lucide-react";
import Link from "next/link";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Alert } from "@/lib/alerts/schema";
import { alertLooks } from "./alert-looks";

/** Alerts in the order they are given; `now`: they go on. */
export function AlertList({ alerts, now = false }: { alerts: Alert[]; now?: boolean }) {
  if (alerts.length === 0) {
    return (
      <p className="flex items-center gap-2 px-4 py-3 text-soft">
        {now && <CircleCheck aria-hidden className="size-4 text-ok" />}
        {now ? "Nothing is the matter." : "Nothing has been the matter yet."}
      </p>
    );
  }
  return (
    <ul className="divide-y">
      {alerts.map((alert) => (
        <AlertItem key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}

function AlertItem({ alert: { kind, text, startedAt, endedAt } }: { alert: Alert }) {
  const { word, icon: Icon, href } = alertLooks[kind];
  return (
    <li className="flex gap-3 px-4 py-3">
      <Icon
        aria-hidden
        className={cn("mt-0.5 size-4 shrink-0", endedAt === null ? toneText.bad : "text-faint")}
      />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-3">
          <Link href={href} className="font-medium hover:underline">
            {word}
          </Link>
          <span className="text-faint text-xs">
            <RelativeTime value={startedAt} />
            {endedAt !== null && (
              <>
                {" · over "}
                <RelativeTime value={endedAt} />
              </>
            )}
          </span>
        </p>
        <p className="text-pretty break-words text-soft">{text}</p>
      </div>
    </li>
  );
}
