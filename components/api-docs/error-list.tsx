import { Card } from "@/components/ui/card";
import { ERROR_CODES, meaningOf } from "@/lib/http/problem";

/** Every code of a problem document with its status and what it means. */
export function ErrorList() {
  return (
    <Card title="Errors" aside="problem documents, RFC 9457">
      <ul className="divide-y px-4">
        {ERROR_CODES.map((code) => (
          <li key={code} id={code} className="flex scroll-mt-4 flex-wrap gap-x-4 py-2">
            <span className="w-8 text-faint tabular-nums">{meaningOf(code).status}</span>
            <code className="w-48 font-mono text-xs leading-5">{code}</code>
            <span className="text-soft">{meaningOf(code).title}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
