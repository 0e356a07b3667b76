import { TriangleAlert } from "lucide-react";
import { fieldName, shownValue, USER_FIELDS } from "@/lib/users/field-names";
import type { User } from "@/lib/users/schema";

interface ChangedMeanwhileProps {
  /** The user when the panel was opened, and as they are now. */
  before: User;
  now: User;
  /** The fields that were typed into. */
  typed: readonly string[];
}

/** Tells who edits a user that somebody else has changed them meanwhile, and what saving will do. */
export function ChangedMeanwhile({ before, now, typed }: ChangedMeanwhileProps) {
  const changed = USER_FIELDS.filter((field) => before[field] !== now[field]);
  if (changed.length === 0) return null;
  return (
    <section role="status" className="flex gap-2 rounded-md bg-warn-soft px-3 py-2 text-ink">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div className="min-w-0">
        <p className="font-medium">Changed by somebody else meanwhile</p>
        <ul>
          {changed.map((field) => (
            <li key={field} className="break-words">
              {fieldName(field)} is now {shownValue(now[field])}.
              {typed.includes(field) && " What you typed stays, and saving writes it over that."}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
