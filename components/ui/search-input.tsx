"use client";

import { Search, X } from "lucide-react";
import { useRef, useState } from "react";
import { cn } from "./cn";
import { inputClasses } from "./text-field";

/** How long typing may pause before the search starts: shorter asks the server at every letter, longer feels slow. */
const PAUSE_MS = 200;

interface SearchInputProps {
  label: string;
  placeholder: string;
  value: string;
  onSearch: (text: string) => void;
  className?: string;
}

export function SearchInput({ label, placeholder, value, onSearch, className }: SearchInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  function search(text: string, delay: number) {
    clearTimeout(timer.current);
    setTyped(text);
    timer.current = setTimeout(() => {
      onSearch(text);
      setTyped(null);
    }, delay);
  }

  const text = typed ?? value;
  return (
    <div className={cn("relative", className)}>
      <Search
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 size-4 text-faint"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        value={text}
        onChange={(event) => search(event.target.value, PAUSE_MS)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(text, 0);
          if (event.key === "Escape" && text) search("", 0);
        }}
        className={cn(inputClasses, "px-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {text && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => search("", 0)}
          className="-translate-y-1/2 absolute top-1/2 right-1.5 rounded p-1 pointer-coarse:p-3 pointer-coarse:right-0 text-faint hover:bg-hover hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </div>
  );
}
