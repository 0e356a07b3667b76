import type { Config } from "tailwindcss";

/** Every colour is a variable of app/globals.css, so that one class serves both themes. */
export default {
  content: ["./app/**/*.{ts,tsx}", "./components/**/*.{ts,tsx}"],
  darkMode: "class",
  theme: {
    extend: {
      colors: {
        canvas: "var(--canvas)",
        surface: "var(--surface)",
        sunken: "var(--sunken)",
        hover: "var(--hover)",
        line: { DEFAULT: "var(--line)", strong: "var(--line-strong)" },
        ink: "var(--ink)",
        soft: "var(--soft)",
        faint: "var(--faint)",
        accent: {
          DEFAULT: "var(--accent)",
          hover: "var(--accent-hover)",
          ink: "var(--accent-ink)",
          text: "var(--accent-text)",
          soft: "var(--accent-soft)",
        },
        ok: { DEFAULT: "var(--ok)", soft: "var(--ok-soft)" },
        warn: { DEFAULT: "var(--warn)", soft: "var(--warn-soft)" },
        bad: { DEFAULT: "var(--bad)", soft: "var(--bad-soft)", solid: "var(--bad-solid)" },
        idle: { DEFAULT: "var(--idle)", soft: "var(--idle-soft)" },
      },
      fontFamily: {
        sans: ["var(--font-geist-sans)", "ui-sans-serif", "system-ui", "sans-serif"],
        mono: ["var(--font-geist-mono)", "ui-monospace", "monospace"],
      },
      fontSize: {
        xs: ["0.75rem", "1rem"],
        sm: ["0.8125rem", "1.25rem"],
        base: ["0.875rem", "1.375rem"],
        lg: ["1rem", "1.5rem"],
        xl: ["1.25rem", "1.75rem"],
      },
      boxShadow: {
        card: "0 1px 2px rgb(0 0 0 / 0.04)",
        float: "0 1px 2px rgb(0 0 0 / 0.06), 0 12px 32px -8px rgb(0 0 0 / 0.18)",
      },
      keyframes: {
        appear: { from: { opacity: "0" } },
        rise: { from: { opacity: "0", transform: "translateY(6px) scale(0.985)" } },
        "from-right": { from: { transform: "translateX(100%)" } },
        "from-left": { from: { transform: "translateX(-100%)" } },
      },
      animation: {
        appear: "appear 120ms ease-out",
        rise: "rise 160ms cubic-bezier(0.16, 1, 0.3, 1)",
        "from-right": "from-right 220ms cubic-bezier(0.16, 1, 0.3, 1)",
        "from-left": "from-left 220ms cubic-bezier(0.16, 1, 0.3, 1)",
      },
    },
  },
} satisfies Config;
