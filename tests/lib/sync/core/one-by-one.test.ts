import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OneByOne } from "@/lib/sync/core/one-by-one";
import { target, targets } from "@/tests/lib/sync/adapters/targets";

/** Sends users one after another to a receiver that answers by their number. */
function send(statuses: readonly number[], { wasUp = false, attempt = 1 } = {}) {
  const users = statuses.map((_, n) => target(`u${n}`, { attempt }));
  const sending = new OneByOne(users, { mostSuspects: 10, wasUp });
  const tried: string[] = [];
  for (let user = sending.next(); user; user = sending.next()) {
    sending.record(user, { status: statuses[tried.length] ?? 200 });
    tried.push(user.userId);
  }
  const { landed, refused, untried, failure } = sending.close();
  const why = Object.fromEntries([...refused].map(([userId, { code }]) => [userId, code]));
  return { tried, landed: [...landed], refused: why, untried: [...untried], failure: failure?.code };
}

describe("users who are sent one by one", () => {
  test("are all answered for when nothing is wrong with the site", () => {
    expect(send([200, 422, 200])).toEqual({
      tried: ["u0", "u1", "u2"],
      landed: ["u0", "u2"],
      refused: { u1: "user_refused" },
      untried: [],
      failure: undefined,
    });
  });

  test.each([401, 404, 410, 429, 0])("are left at the first %i, which is about the site", (status) => {
    const { landed, untried, failure } = send([200, status, 200]);
    expect({ landed, untried }).toEqual({ landed: ["u0"], untried: ["u2"] });
    expect(failure).toBeDefined();
  });

  test("are charged with a breakdown when another one lands after it", () => {
    expect(send([500, 502, 200])).toMatchObject({
      landed: ["u2"],
      refused: { u0: "endpoint_failed", u1: "endpoint_failed" },
      failure: undefined,
    });
  });

  test("are not charged when the receiver goes down in the middle and stays down", () => {
    const statuses = [...Array<number>(40).fill(200), ...Array<number>(60).fill(503)];
    const { tried, landed, refused, failure } = send(statuses);
    expect({ tried: tried.length, landed: landed.length, refused, failure }).toEqual({
      tried: 50,
      landed: 40,
      refused: {},
      failure: "unreachable",
    });
  });

  test("are not charged when nobody lands", () => {
    expect(send([500, 500])).toMatchObject({ refused: {}, failure: "unreachable" });
  });

  test("are charged without others as evidence when they failed alone before", () => {
    expect(send([500], { attempt: 2 })).toMatchObject({
      refused: { u0: "endpoint_failed" },
      failure: undefined,
    });
  });

  test.each([500, 0])(
    "are charged with a %i right after the site was seen alive, which it stays unsure of",
    (status) => {
      expect(send([status], { wasUp: true })).toMatchObject({
        refused: { u0: "endpoint_failed" },
        failure: "unreachable",
      });
    },
  );

  test("are each in one place, whatever is answered", () => {
    const status = fc.constantFrom(200, 200, 200, 400, 500, 503, 410, 0);
    fc.assert(
      fc.property(fc.array(status, { maxLength: 80 }), (statuses) => {
        const { tried, landed, refused, untried, failure } = send(statuses);
        const known = [...landed, ...Object.keys(refused), ...untried];
        expect(new Set(known).size).toBe(known.length);
        expect(tried.length + untried.length).toBe(statuses.length);
        if (!failure)
          expect(known.sort()).toEqual(
            targets(statuses.length)
              .map((user) => user.userId)
              .sort(),
          );
      }),
    );
  });
});
