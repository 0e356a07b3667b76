import { CopyButton } from "./copy-button";
import { ScrollRegion } from "./scroll-region";

interface CodeBlockProps {
  /** What it is, for those who do not see it. */
  label: string;
  code: string;
  copy: string;
}

export function CodeBlock({ label, code, copy }: CodeBlockProps) {
  return (
    <div className="min-w-0 overflow-hidden rounded-lg border bg-sunken">
      <div className="flex items-center justify-between gap-3 border-b px-3 py-1.5">
        <span className="truncate font-mono text-faint text-xs">{label}</span>
        <CopyButton text={code}>{copy}</CopyButton>
      </div>
      <ScrollRegion label={label} className="max-h-80 overflow-auto p-3">
        <pre className="w-max font-mono text-soft text-xs leading-5">{code}</pre>
      </ScrollRegion>
    </div>
  );
}
