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
    <div className="flex h-8 items-center gap-2">
      <Switch.Root
        id={id}
        checked={live}
        onCheckedChange={onChange}
        className="h-5 w-9 shrink-0 rounded-full bg-idle p-0.5 transition-colors data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-4 rounded-full bg-surface shadow-card transition-transform data-[state=checked]:translate-x-4" />
      </Switch.Root>
      <label htmlFor={id} className="cursor-pointer text-soft">
        Live
      </label>
    </div>
  );
}
