"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followChanges } from "@/lib/live/follow";

/** Keeps every list of the page up to date. */
export function Live() {
  const client = useQueryClient();
  useEffect(() => followChanges(client), [client]);
  return null;
}
