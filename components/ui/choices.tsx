import { type ReactNode, useId } from "react";
import { cn } from "./cn";

interface Choice<Value extends string> {
  value: Value;
  title: string;
  /** Beside the title, such as "Default". */
  aside?: ReactNode;
  hint: ReactNode;
}

interface ChoicesProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly Choice<Value>[];
  onChange: (value: Value) => void;
  error?: string | undefined;
}

/** One of a few that need a sentence each; the arrow keys move the choice. */
export function Choices<Value extends string>({
  label,
  value,
  options,
  onChange,
  error,
}: ChoicesProps<Value>) {
  const id = useId();
  return (
    <fieldset className="min-w-0" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="sr-only">{label}</legend>
      <div className="divide-y overflow-hidden rounded-lg border border-line-strong">
        {options.map((option) => (
          <label
            key={option.value}
            className={cn(
              "flex cursor-pointer gap-3 px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:-outline-offset-2",
              option.value === value ? "bg-accent-soft" : "hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={id}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              aria-labelledby={`${id}-${option.value}`}
              aria-describedby={`${id}-${option.value}-hint`}
              className="mt-0.5 size-4 shrink-0 accent-accent outline-none"
            />
            <span className="min-w-0 flex-1">
              <span className="flex items-baseline justify-between gap-3">
                <span id={`${id}-${option.value}`} className="font-medium">
                  {option.title}
                </span>
                {option.aside && <span className="shrink-0 text-faint text-xs">{option.aside}</span>}
              </span>
              <span id={`${id}-${option.value}-hint`} className="block text-soft">
                {option.hint}
              </span>
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-2 break-words text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
