import { CopyButton } from "@/components/ui/copy-button";

interface ExampleBlockProps {
  title: string;
  code: string;
  copy?: boolean;
}

/** Code that wraps instead of scrolling, so that it is whole at any width. */
export function ExampleBlock({ title, code, copy = false }: ExampleBlockProps) {
  return (
    <div className="min-w-0 self-start overflow-hidden rounded-lg border bg-sunken">
      <div className="flex min-h-10 items-center justify-between gap-3 border-b px-3 py-1">
        <span className="truncate font-medium text-faint text-xs">{title}</span>
        {copy && <CopyButton text={code}>Copy</CopyButton>}
      </div>
      <pre className="whitespace-pre-wrap p-3 font-mono text-soft text-xs leading-5 [overflow-wrap:anywhere]">
        {code}
      </pre>
    </div>
  );
}
