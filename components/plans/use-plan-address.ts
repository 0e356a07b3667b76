import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";

/** The plan that is shown, as the page's address has it, so that a reload or a link shows it again. */
export function usePlanAddress() {
  return useQueryState("plan", parseAsString);
}

/** The plan that the address had when this was loaded, while it still has it. Later ones are shown by what made them. */
export function useLinkedPlan(): string | null {
  const [named] = usePlanAddress();
  const [linked] = useState(named);
  return named === linked ? linked : null;
}
