import { chooseBrowser } from "@/tests/e2e/support/browser";

export default async function setup(): Promise<void> {
  process.env.LITE_AUTH_BCRYPT_COST = "4"; // as in vitest.config.ts
  await chooseBrowser().prepare();
}
