import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkBySize, nextBatchSize, usersThatFit } from "@/lib/sync/core/batch-size";

test("a batch that was too much is halved and grows back slowly", () => {
  const next = (users: number, taken: "all" | "too_large" | "part") =>
    nextBatchSize({ users, isLimited: true }, taken, 10).users;
  expect(nextBatchSize({ users: 500, isLimited: false }, "too_large", 10)).toEqual({
    users: 250,
    isLimited: true,
  });
  expect(next(250, "all")).toBe(282);
  expect(next(250, "part")).toBe(250);
  expect(next(2_000, "all")).toBe(2_000);
  expect(next(1, "too_large")).toBe(1);
  expect(next(1, "all")).toBe(2);
});

test("a batch that was taken quickly is doubled, one that took its time grows slowly", () => {
  const after = (users: number, tookMs: number) =>
    nextBatchSize({ users, isLimited: false }, "all", tookMs).users;
  expect([after(500, 20), after(1_000, 20), after(2_000, 20)]).toEqual([1_000, 2_000, 2_000]);
  expect(after(500, 3_000)).toBe(563);
});

test("no more users are asked for than fit into a request", () => {
  expect(usersThatFit({ bytes: 1_000_000, users: 1_000 })).toBe(810);
  expect(usersThatFit({ bytes: 5_000_000, users: 1 })).toBe(1);
});

test("chunks keep every row in order and stay below the body limit unless one row alone is above it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 12 }), (lengths) => {
      const rows = lengths.map((length) => "x".repeat(length));
      const chunks = chunkBySize(rows, (row) => JSON.stringify(row));
      expect(chunks.flat()).toEqual(rows);
      for (const chunk of chunks)
        expect(JSON.stringify(chunk).length <= 900_100 || chunk.length === 1).toBe(true);
    }),
    { numRuns: 30 },
  );
});
