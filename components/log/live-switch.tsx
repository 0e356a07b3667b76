import { Switch } from "radix-ui";
import { useId } from "react";

interface LiveSwitchProps {
  live: boolean;
  onChange: (live: boolean) => void;
}

/** Whether new attempts appear by themselves. */
export function LiveSwitch({ live, onChange }: LiveSwitchProps) {
  const id = useId();
  return (
    <div className="flex h-8 items-center gap-2 pointer-coarse:h-10">
      <Switch.Root
        id={id}
        checked={live}
        onCheckedChange={onChange}
        className="relative h-5 w-9 after:-inset-x-1 after:-inset-y-2.5 after:absolute shrink-0 rounded-full bg-idle p-0.5 transition-colors data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-4 rounded-full bg-white shadow-card transition-transform data-[state=checked]:translate-x-4" />
      </Switch.Root>
      <label htmlFor={id} className="cursor-pointer text-soft pointer-coarse:py-2.5">
        Live
      </label>
    </div>
  );
}
