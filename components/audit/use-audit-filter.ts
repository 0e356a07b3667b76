"use client";

import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { AUDIT_ACTIONS } from "@/lib/audit/actions";
import type { AuditFilter } from "@/lib/audit/queries";

const CHOSEN = {
  actor: parseAsString,
  action: parseAsStringLiteral(AUDIT_ACTIONS),
  target: parseAsString,
  /** Days as `2026-01-31`, both included. */
  from: parseAsString,
  to: parseAsString,
};

/** The filters in the URL, and what they mean to the server: days become times of this browser's zone. */
export function useAuditFilter() {
  const [chosen, setChosen] = useQueryStates(CHOSEN);
  const filter: AuditFilter = { ...chosen, from: startOf(chosen.from, 0), to: startOf(chosen.to, 1) };
  return { chosen, filter, setChosen };
}

/** When a day begins, or the one `later` days after it; null for what is no day. */
function startOf(day: string | null, later: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? "") ?? [];
  if (!year || !month || !date) return null;
  const time = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
