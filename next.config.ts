import type { NextConfig } from "next";

const nextConfig: NextConfig = {
  agentRules: false,
  typedRoutes: true,
  poweredByHeader: false,
  images: { unoptimized: true },
};

export default nextConfig;
