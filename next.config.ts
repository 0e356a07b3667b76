import type { NextConfig } from "next";
import { DATA_POLICY, SECURITY_HEADERS } from "./lib/http/security-headers";

const headerList = (headers: Record<string, string>) =>
  Object.entries(headers).map(([key, value]) => ({ key, value }));

const nextConfig: NextConfig = {
  agentRules: false,
  typedRoutes: true,
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  // Those that need no nonce and are known when building; see proxy.ts and lib/http/front-door.ts for the others.
  headers: async () => [
    { source: "/:path*", headers: headerList(SECURITY_HEADERS) },
    { source: "/api/:path*", headers: headerList({ "content-security-policy": DATA_POLICY }) },
  ],
  // Loaded from node_modules as it is: its parts find each other by path.
  serverExternalPackages: ["undici"],
  images: { unoptimized: true },
  // "npm run check" does it, for tests too, which somebody who only builds need not have in order.
  typescript: { ignoreBuildErrors: true },
};

export default nextConfig;
