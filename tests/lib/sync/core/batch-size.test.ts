import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkBySize, nextBatchSize } from "@/lib/sync/core/batch-size";

test("a batch that was too much is halved and grows back slowly", () => {
  expect(nextBatchSize(500, "too_large")).toBe(250);
  expect(nextBatchSize(250, "all")).toBe(282);
  expect(nextBatchSize(250, "part")).toBe(250);
  expect(nextBatchSize(1_000, "all")).toBe(1_000);
  expect(nextBatchSize(1, "too_large")).toBe(1);
  expect(nextBatchSize(1, "all")).toBe(2);
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
