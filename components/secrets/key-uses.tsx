import { Archive, CircleX, KeyRound } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { Td, Th } from "@/components/ui/table";
import type { SealingKeyUse } from "@/lib/secrets/schema";

/** The keys by name, each with what it has sealed and for how long it has been doing that. */
export function KeyUses({ keys }: { keys: readonly SealingKeyUse[] }) {
  return (
    <table className="w-full border-separate border-spacing-0 text-left [&_:is(td,th):first-child]:pl-4 [&_tr:last-child>td]:border-b-0">
      <thead>
        <tr>
          <Th>Key</Th>
          <Th>Use</Th>
          <Th className="text-right">Secrets</Th>
          <Th className="hidden sm:table-cell">Sealing since</Th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.kid ?? ""}>
            <Td className="max-w-0 truncate font-mono text-xs sm:max-w-56">{key.kid ?? "cannot be read"}</Td>
            <Td className="whitespace-nowrap">
              <Use use={key} />
            </Td>
            <Td className="text-right tabular-nums">{formatNumber(key.sealed)}</Td>
            <Td className="hidden whitespace-nowrap text-soft sm:table-cell">
              {key.since ? <RelativeTime value={key.since} /> : "Not yet"}
            </Td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Use({ use: { current, configured } }: { use: SealingKeyUse }) {
  if (!configured) {
    return (
      <Badge tone="bad" icon={CircleX}>
        Missing
      </Badge>
    );
  }
  return current ? (
    <Badge tone="ok" icon={KeyRound}>
      Seals
    </Badge>
  ) : (
    <Badge tone="idle" icon={Archive}>
      Only opens
    </Badge>
  );
}
