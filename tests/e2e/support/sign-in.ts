import { type APIRequestContext, request } from "@playwright/test";

export type StorageState = Awaited<ReturnType<APIRequestContext["storageState"]>>;

/** Signs in through the API; answers the cookies for a browser. */
export async function signIn(
  dashboardUrl: string,
  data: { email: string; password: string },
): Promise<StorageState> {
  // Else a test's own cookies would come along.
  const storageState = { cookies: [], origins: [] };
  const context = await request.newContext({ baseURL: dashboardUrl, storageState });
  try {
    const answer = await context.post("/api/session", { data });
    if (!answer.ok()) throw new Error(`Signing in answered ${answer.status()}: ${await answer.text()}`);
    return await context.storageState();
  } finally {
    await context.dispose();
  }
}
