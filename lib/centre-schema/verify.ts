import type { FindingKind } from "@/lib/verify/finding-kinds";
import type { CentreVerification, Finding, SiteVerify, VerifySettingsInput } from "@/lib/verify/schema";
import type { Rpc } from "./rpc";

/** Comparing sites with the list. */
export type VerifyFunctions = {
  request_verify: Rpc<
    { site_id: string; repair: boolean },
    | { verificationId: string }
    | { problem: "unknown" | "webhook" | "credentials" | "paused" | "disconnecting" }
  >;
  site_verify_read: Rpc<
    { site_id: string },
    (Omit<SiteVerify, "last"> & { last: CentreVerification | null }) | null
  >;
  site_verify_set: Rpc<
    {
      site_id: string;
      every_minutes: VerifySettingsInput["everyMinutes"];
      on_drift: VerifySettingsInput["onDrift"];
    },
    "set" | "unknown" | "webhook"
  >;
  verification_list: Rpc<{ site_id: string; before: string | null; most: number }, CentreVerification[]>;
  verification_read: Rpc<
    {
      site_id: string;
      verification_id: string;
      only_kind: FindingKind | null;
      after_kind: FindingKind | null;
      after_user: string | null;
      most: number;
    },
    (CentreVerification & { items: Finding[] }) | null
  >;
  request_verify_repair: Rpc<
    {
      site_id: string;
      verification_id: string;
      kind: FindingKind;
      users: string[] | null;
      most: number;
      first: boolean;
    },
    { pairs: number; more: boolean } | { problem: "unknown" | "outdated" | "kept" }
  >;
};
