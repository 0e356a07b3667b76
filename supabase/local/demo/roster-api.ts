import { z } from "zod";

const problem = z.object({ title: z.string(), detail: z.string().optional() });

/** Roster answered with an error; the message is what it said. */
export class RosterApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A caller of the dashboard's HTTP API, as any script would be. */
export interface RosterApi {
  /** Sends JSON and reads JSON. @throws RosterApiError */
  call<T>(method: string, path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>;
}

export function rosterApi(dashboardUrl: string, apiKey: string): RosterApi {
  return {
    async call(method, path, answer, body) {
      const response = await fetch(new URL(path, dashboardUrl), {
        method,
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      if (response.ok) return answer.parse(JSON.parse(text));
      const { title, detail } = problem.safeParse(parsed(text)).data ?? { title: text.slice(0, 200) };
      throw new RosterApiError(
        response.status,
        `${method} ${path} answered ${response.status}: ${detail ?? title}`,
      );
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
