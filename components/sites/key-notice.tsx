import { TriangleAlert } from "lucide-react";
import { type Control, useWatch } from "react-hook-form";
import { cn } from "@/components/ui/cn";
import { describeKey } from "@/lib/sites/key-kind";

interface KeyFields {
  supabaseUrl: string;
  supabaseKey: string;
}

/** What the form of the entered key already tells: that it is public, or cannot be the project's. */
export function KeyNotice({ control }: { control: Control<KeyFields> }) {
  const [supabaseUrl, supabaseKey] = useWatch({ control, name: ["supabaseUrl", "supabaseKey"] });
  const key = supabaseKey.trim() === "" ? null : describeKey(supabaseKey.trim(), supabaseUrl, new Date());
  const notice = key?.refusal ?? (key?.warning && `This is a ${key.name}. ${key.warning.message}`);
  return (
    <div role="status" className={cn(!notice && "sr-only")}>
      {notice && (
        <div className="flex gap-2.5 rounded-lg bg-warn-soft px-3 py-2">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
          <div className="min-w-0 break-words">
            <p>{notice}</p>
            {!key?.refusal && key?.warning && (
              <p className="mt-0.5">
                <span className="font-medium">What to do: </span>
                {key.warning.fix}
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  );
}
