"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { sessionQuery } from "@/lib/session/queries";
import type { Session } from "@/lib/session/schema";

/** Gives the first paint the member whom the server has let in, so that nothing appears or vanishes later. */
export function SignedIn({ session, children }: { session: Session; children: ReactNode }) {
  useQuery({ ...sessionQuery, initialData: session });
  return children;
}
