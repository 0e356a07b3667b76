import type { NextConfig } from "next";

const nextConfig: NextConfig = {
  agentRules: false,
  typedRoutes: true,
  poweredByHeader: false,
  // Loaded from node_modules as it is: its parts find each other by path.
  serverExternalPackages: ["undici"],
  images: { unoptimized: true },
  // "npm run check" does it, for tests too, which somebody who only builds need not have in order.
  typescript: { ignoreBuildErrors: true },
};

export default nextConfig;
