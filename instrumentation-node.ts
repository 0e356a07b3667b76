import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { markPeer } from "@/lib/access/client-address";
import { openFrontDoor } from "@/lib/http/front-door";
import { dropInternalHeaders } from "@/lib/http/internal-headers";
import { printSetupLink } from "@/lib/setup-link";
import { onWake } from "@/lib/wake";
import { settingsOrExit, startConfiguredWatch, startConfiguredWorker, stopOnSignal } from "@/lib/worker";

/** Starts the worker in this process, unless it runs elsewhere, and sees to a clean end. */
export function startServer(): void {
  // A throw from here would leave a server that answers 500 to everything; a process that ends is noticed.
  const settings = settingsOrExit();
  // Published by Node before a request is handled: https://nodejs.org/api/diagnostics_channel.html#http
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    dropInternalHeaders(request);
    markPeer(request);
  });
  openFrontDoor(settings.publicUrl);
  void printSetupLink(settings);
  const worker = settings.worker ? startConfiguredWorker(settings) : undefined;
  startConfiguredWatch(settings, worker);
  if (worker) onWake(() => worker.wake());
  // Next ends at once on a signal unless told to leave that to us.
  if (process.env.NEXT_MANUAL_SIG_HANDLE) stopOnSignal(async () => await worker?.stop());
}
