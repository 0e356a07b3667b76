"use client";

interface SelectBoxProps {
  label: string;
  state: "all" | "some" | "none";
  /** With whether Shift was held. */
  onChange: (range: boolean) => void;
}

/** A checkbox of a list, with enough room around it for a finger. */
export function SelectBox({ label, state, onChange }: SelectBoxProps) {
  return (
    <label className="flex cursor-pointer items-center py-3 pr-2 pl-3">
      <input
        type="checkbox"
        aria-label={label}
        checked={state === "all"}
        ref={(box) => {
          if (box) box.indeterminate = state === "some";
        }}
        onChange={({ nativeEvent }) => onChange("shiftKey" in nativeEvent && nativeEvent.shiftKey === true)}
        className="size-4 accent-accent"
      />
    </label>
  );
}
