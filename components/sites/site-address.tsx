import { ExternalLink } from "lucide-react";

/** Where people open a site, as a link out of the dashboard. */
export function SiteAddress({ url }: { url: string }) {
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer"
      className="inline-flex min-w-0 max-w-full items-center gap-1 pointer-coarse:-my-2.5 pointer-coarse:py-2.5 hover:text-ink hover:underline"
    >
      <span className="truncate">{url.replace(/^https?:\/\//, "")}</span>
      <ExternalLink aria-hidden className="size-3 shrink-0" />
      <span className="sr-only">(opens in a new tab)</span>
    </a>
  );
}
