import { Button } from "@/components/ui/button";
import { providerName } from "./providers";

interface ProviderLinksProps {
  providers: readonly string[];
  /** Where to go afterwards: a path of this site. */
  next: string;
  /** Something to fill in stands above. */
  or: boolean;
}

/** The other ways to sign in that the central project has switched on. */
export function ProviderLinks({ providers, next, or }: ProviderLinksProps) {
  if (providers.length === 0) return null;
  return (
    <>
      {or && (
        <p className="flex items-center gap-3 text-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          or
        </p>
      )}
      <ul className="space-y-2">
        {providers.map((provider) => (
          <li key={provider}>
            <Button asChild className="h-9 w-full">
              <a href={`/auth/sign-in/${encodeURIComponent(provider)}?next=${encodeURIComponent(next)}`}>
                Continue with {providerName(provider)}
              </a>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
