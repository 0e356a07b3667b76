/** What seals the credentials of the bench's sites; the same in all of its processes, and a secret of nobody's. */
export const sealingKey = { kid: "bench", key: new Uint8Array(32).fill(7) };
