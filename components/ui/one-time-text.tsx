import { CopyButton } from "./copy-button";

interface OneTimeTextProps {
  /** What it is, for those who do not see it. */
  label: string;
  text: string;
  copy: string;
}

/** A key or a link that is shown this once, to be copied. */
export function OneTimeText({ label, text, copy }: OneTimeTextProps) {
  return (
    <section
      aria-label={label}
      className="flex flex-wrap items-center justify-between gap-2 rounded-lg border bg-sunken px-3 py-2"
    >
      <code className="min-w-0 flex-1 basis-60 break-all font-mono text-sm">{text}</code>
      <CopyButton text={text}>{copy}</CopyButton>
    </section>
  );
}
