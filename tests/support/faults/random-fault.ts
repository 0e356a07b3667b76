import type { Random } from "@/tests/support/faults/random";
import type { Fault } from "@/tests/support/faults/site-proxy";

const html = { "content-type": "text/html" };
const json = { "content-type": "application/json" };

/** Of an endpoint, a page is no answer; anything else with a good status is. */
const page = (text: string) => `<!doctype html><h1>${text}</h1>`;

/**
 * Any fault a site may have; every call draws one. `ordered`: the site compares times, so that it may also be written to
 * late. (To others that would be old rows for good, since nobody hears of a write that outlives its request.)
 */
export function randomFault(random: Random, { ordered }: { ordered: boolean }): Fault {
  const milliseconds = random.int(10, 1_500);
  return random.pick<Fault>([
    { kind: "delay", milliseconds },
    ordered ? { kind: "late", milliseconds: 2 * milliseconds } : { kind: "delay", milliseconds: 50 },
    { kind: "blackHole" },
    { kind: "refuse" },
    { kind: "loseAnswer" },
    { kind: "resetInBody" },
    { kind: "halfOpen" },
    { kind: "drip" },
    { kind: "throttle", status: random.pick([429, 503]), retryAfterSeconds: random.int(0, 2) },
    { kind: "answer", status: random.pick([500, 502, 520, 522, 544]), headers: html, body: page("Away") },
    { kind: "answer", status: 200, headers: html, body: page("Welcome") },
    { kind: "answer", status: 401, headers: json, body: '{"message":"Invalid API key"}' },
    { kind: "answer", status: 413 },
    { kind: "answer", status: 500, headers: json, body: '{"code":"57014","message":"timeout"}' },
  ]);
}
