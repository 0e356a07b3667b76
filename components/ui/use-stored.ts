"use client";

import { useSyncExternalStore } from "react";

const changed = new EventTarget();

/**
 * A text that this browser remembers, and how to change it; null while there is none. Where nothing can be stored, as in
 * some private windows, it is forgotten when the page goes.
 */
export function useStored(key: string): [string | null, (text: string | null) => void] {
  const text = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => null,
  );
  return [text, (next) => write(key, next)];
}

function subscribe(onChange: () => void): () => void {
  changed.addEventListener("change", onChange);
  window.addEventListener("storage", onChange);
  return () => {
    changed.removeEventListener("change", onChange);
    window.removeEventListener("storage", onChange);
  };
}

const unstored = new Map<string, string | null>();

function read(key: string): string | null {
  const kept = unstored.get(key);
  if (kept !== undefined) return kept;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    unstored.set(key, text);
  }
  changed.dispatchEvent(new Event("change"));
}
