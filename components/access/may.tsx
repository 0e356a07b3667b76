"use client";

import type { ReactNode } from "react";
import type { MemberScope } from "@/lib/access/roles";
import { useMay } from "./use-may";

/** Shows its children to those who may do what they offer. */
export function May({ scope, children }: { scope: MemberScope; children: ReactNode }) {
  return useMay(scope) ? children : null;
}
