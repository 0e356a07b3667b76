/** Where a webhook site is sent its users unless told otherwise. */
export function defaultWebhookUrl(siteUrl: string): string {
  const url = new URL(siteUrl);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}/api/users/sync`;
}
