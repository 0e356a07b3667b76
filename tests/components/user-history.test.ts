import { expect, test } from "vitest";
import { mergeHistory } from "@/components/users/page/merge-history";
import { LOG_ENTRY } from "@/lib/runs/examples";
import type { LogEntry } from "@/lib/runs/log-schema";
import type { UserChange } from "@/lib/users/history-schema";

const at = (minute: number) => `2026-01-31T09:${String(minute).padStart(2, "0")}:00Z`;
const change = (minute: number): UserChange => ({
  id: String(minute),
  at: at(minute),
  actor: { kind: "member", name: "olive@example.com" },
  action: "user.updated",
  before: { team: "A" },
  after: { team: "B" },
});
const attempt = (minute: number): LogEntry => ({ ...LOG_ENTRY, id: minute, created_at: at(minute) });
const keys = (...lists: Parameters<typeof mergeHistory>) => mergeHistory(...lists).map(({ key }) => key);

test("changes and attempts are one history, newest first", () => {
  const changes = { items: [change(30), change(10)], more: false };
  const attempts = { items: [attempt(40), attempt(31), attempt(11)], more: false };
  expect(keys(changes, attempts)).toEqual(["a40", "a31", "c30", "a11", "c10"]);
});

test("what is older than the end of a list that goes on is left out until that has come", () => {
  const changes = { items: [change(30), change(10)], more: false };
  const attempts = { items: [attempt(40), attempt(31)], more: true };
  expect(keys(changes, attempts)).toEqual(["a40", "a31"]);
});
