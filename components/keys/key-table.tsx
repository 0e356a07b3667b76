"use client";

import { CircleX, Clock, Trash2 } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Td, Th } from "@/components/ui/table";
import type { ApiKey } from "@/lib/keys/schema";
import { expiryOf } from "./expiry";
import { RevokeDialog } from "./revoke-dialog";

export function KeyTable({ keys }: { keys: ApiKey[] }) {
  return (
    <table className="w-full border-separate border-spacing-0 text-left [&_tr:last-child>td]:border-b-0">
      <thead>
        <tr>
          <Th>Key</Th>
          <Th className="hidden md:table-cell">Scopes</Th>
          <Th className="hidden sm:table-cell">Last used</Th>
          <Th className="hidden sm:table-cell">Expires</Th>
          <Th className="hidden lg:table-cell">Created</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const [revoking, setRevoking] = useState(false);
  const { name, hint, scopes, lastUsedAt, createdAt, createdBy } = apiKey;
  return (
    <tr className="align-top">
      <Td className="w-full max-w-0 sm:w-auto sm:max-w-56">
        <div className="truncate font-medium" title={name}>
          {name}
        </div>
        <div className="truncate font-mono text-faint text-xs">{hint}</div>
        <div className="mt-1.5 space-y-1.5 md:hidden">
          <Scopes scopes={scopes} />
        </div>
        <div className="mt-1.5 text-faint text-xs sm:hidden">
          Last used: <Used at={lastUsedAt} /> · Expires: <Expiry apiKey={apiKey} />
        </div>
      </Td>
      <Td className="hidden md:table-cell">
        <Scopes scopes={scopes} />
      </Td>
      <Td className="hidden whitespace-nowrap text-soft tabular-nums sm:table-cell">
        <Used at={lastUsedAt} />
      </Td>
      <Td className="hidden whitespace-nowrap text-soft tabular-nums sm:table-cell">
        <Expiry apiKey={apiKey} />
      </Td>
      <Td className="hidden max-w-48 text-soft lg:table-cell">
        <RelativeTime value={createdAt} />
        {createdBy && (
          <div className="truncate text-faint text-xs" title={createdBy}>
            {createdBy}
          </div>
        )}
      </Td>
      <Td className="w-px whitespace-nowrap text-right">
        <IconButton label={`Revoke ${name}`} onClick={() => setRevoking(true)}>
          <Trash2 aria-hidden />
        </IconButton>
        {revoking && <RevokeDialog apiKey={apiKey} onClose={() => setRevoking(false)} />}
      </Td>
    </tr>
  );
}

function Scopes({ scopes }: { scopes: ApiKey["scopes"] }) {
  return (
    <ul aria-label="Scopes" className="flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <li key={scope} className="rounded bg-idle-soft px-1.5 font-mono text-soft text-xs leading-5">
          {scope}
        </li>
      ))}
    </ul>
  );
}

function Used({ at }: { at: string | null }) {
  return at ? <RelativeTime value={at} /> : "Never";
}

function Expiry({ apiKey: { expiresAt } }: { apiKey: ApiKey }) {
  if (!expiresAt) return "Never";
  switch (expiryOf(expiresAt, Date.now())) {
    case "over":
      return (
        <Badge tone="bad" icon={CircleX}>
          Expired
        </Badge>
      );
    case "soon":
      return (
        <Badge tone="warn" icon={Clock}>
          <RelativeTime value={expiresAt} />
        </Badge>
      );
    case "later":
      return <RelativeTime value={expiresAt} />;
  }
}
