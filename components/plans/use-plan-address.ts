import { parseAsString, useQueryState } from "nuqs";

/** The plan that is shown, as the page's address has it, so that a reload or a link shows it again. */
export function usePlanAddress() {
  return useQueryState("plan", parseAsString);
}
