import { chooseBrowser } from "@/tests/e2e/support/browser";

export default async function setup(): Promise<void> {
  await chooseBrowser().prepare();
}
