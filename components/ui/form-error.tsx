import { CircleX } from "lucide-react";

/** What the server refused, above the buttons of a form. */
export function FormError({ error }: { error: { message: string } | null }) {
  if (!error) return null;
  return (
    <p role="alert" className="flex gap-2 rounded-md bg-bad-soft px-3 py-2 text-bad">
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{error.message}</span>
    </p>
  );
}
