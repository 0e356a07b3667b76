import type { ApiCall } from "./calls";
import { MethodBadge } from "./method-badge";

export interface CallGroup {
  name: string;
  description: string;
  calls: ApiCall[];
}

/** Links to everything on the page. */
export function Contents({ groups, more }: { groups: CallGroup[]; more: { id: string; name: string }[] }) {
  return (
    <nav aria-label="Calls" className="space-y-4">
      {groups.map(({ name, calls }) => (
        <div key={name}>
          <p className="px-2 pb-1 font-medium text-faint text-xs">{name}</p>
          <ul>
            {calls.map(({ path, method, operation: { operationId } }) => (
              <li key={operationId}>
                <a
                  href={`#${operationId}`}
                  className="flex items-center gap-2 rounded-md px-2 py-1 text-soft text-xs hover:bg-hover hover:text-ink pointer-coarse:py-2"
                >
                  <MethodBadge method={method} className="w-12 px-0 text-[0.625rem] leading-4" />
                  <span className="truncate font-mono">{path.replace(/^\/api/, "")}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div>
        <p className="px-2 pb-1 font-medium text-faint text-xs">Also</p>
        <ul>
          {more.map(({ id, name }) => (
            <li key={id}>
              <a
                href={`#${id}`}
                className="block rounded-md px-2 py-1 text-soft text-xs hover:bg-hover hover:text-ink pointer-coarse:py-2"
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  );
}
