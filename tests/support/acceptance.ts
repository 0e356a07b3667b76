/** `npm run test:acceptance` measures what is promised in full; `npm test` does the same for a shorter time. */
export const full = process.env.ROSTER_ACCEPTANCE === "full";
