import { Fragment } from "react";

const MARKED = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\([^)]+\))/;
const LINK = /^\[([^\]]+)\]\(([^)]+)\)$/;

/** A sentence with code, emphasis and links in it. */
export function Inline({ children }: { children: string }) {
  // With a group in it, the pattern's matches stand at the odd places.
  return children.split(MARKED).map((part, index) => {
    const key = index;
    return index % 2 === 0 ? <Fragment key={key}>{part}</Fragment> : <Marked key={key}>{part}</Marked>;
  });
}

function Marked({ children: text }: { children: string }) {
  const [, name, href] = LINK.exec(text) ?? [];
  if (href !== undefined) {
    return (
      <a href={href} className="text-accent-text underline underline-offset-2">
        {name}
      </a>
    );
  }
  if (text.startsWith("`")) {
    return (
      <code className="break-words rounded bg-sunken px-1 py-0.5 font-mono text-[0.9em] text-ink">
        {text.slice(1, -1)}
      </code>
    );
  }
  const strong = text.startsWith("**");
  return strong ? <strong>{text.slice(2, -2)}</strong> : <em>{text.slice(1, -1)}</em>;
}
