import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ThemeProvider } from "next-themes";
import { afterEach, expect, test, vi } from "vitest";
import { ThemeChoice } from "@/components/settings/theme-choice";

const root = document.documentElement;

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  root.removeAttribute("class");
});

test("a theme is there at once, and nothing fades until it has been drawn", async () => {
  const frames: (() => void)[] = [];
  render(
    // Its script is for the first load, which is not looked at here; as data, React leaves it alone.
    <ThemeProvider attribute="class" scriptProps={{ type: "application/json" }}>
      <ThemeChoice />
    </ThemeProvider>,
  );
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  await userEvent.click(screen.getByRole("radio", { name: "Dark" }));
  expect(root.classList).toContain("dark");
  expect(root.classList).toContain("at-once");
  while (frames.length > 0) frames.shift()?.();
  expect(root.className).toBe("dark");
});
