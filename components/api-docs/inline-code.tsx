import { Fragment } from "react";

/** A sentence with `code` between backticks, the only Markdown that descriptions use. */
export function InlineCode({ children }: { children: string }) {
  return children.split("`").map((part, index) => {
    const key = index;
    if (index % 2 === 0) return <Fragment key={key}>{part}</Fragment>;
    return (
      <code key={key} className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.9em] text-ink">
        {part}
      </code>
    );
  });
}
