const NAMES: Record<string, string> = {
  azure: "Microsoft",
  bitbucket: "Bitbucket",
  github: "GitHub",
  gitlab: "GitLab",
  linkedin_oidc: "LinkedIn",
  slack_oidc: "Slack",
  workos: "WorkOS",
};

/** What people call a provider of Supabase Auth. */
export function providerName(provider: string): string {
  return NAMES[provider] ?? provider.charAt(0).toUpperCase() + provider.slice(1);
}
