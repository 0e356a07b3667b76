import { Progress as Primitive } from "radix-ui";
import { cn } from "./cn";

interface ProgressProps {
  label: string;
  /** Done and failed parts of `total`. */
  done: number;
  failed?: number;
  total: number;
  className?: string;
}

export function Progress({ label, done, failed = 0, total, className }: ProgressProps) {
  const share = (part: number) => `${total > 0 ? (100 * part) / total : 0}%`;
  const value = total > 0 ? Math.floor((100 * (done + failed)) / total) : 0;
  return (
    <Primitive.Root
      value={value}
      aria-label={label}
      className={cn(
        "flex h-1.5 forced-color-adjust-none overflow-hidden rounded-full bg-idle-soft",
        className,
      )}
    >
      <Primitive.Indicator
        className="bg-accent transition-[width] duration-300"
        style={{ width: share(done) }}
      />
      <div className="bg-bad-solid transition-[width] duration-300" style={{ width: share(failed) }} />
    </Primitive.Root>
  );
}
