export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <svg aria-hidden="true" viewBox="0 0 32 32" className="size-6">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <path d="M15 9h9M15 16h9M15 23h9" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
        <g fill="#fff">
          <circle cx="9" cy="9" r="2.25" />
          <circle cx="9" cy="16" r="2.25" />
          <circle cx="9" cy="23" r="2.25" fillOpacity=".55" />
        </g>
      </svg>
      <span className="font-semibold text-base tracking-tight">Roster</span>
    </span>
  );
}
