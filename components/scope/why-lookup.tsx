"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { TextField } from "@/components/ui/text-field";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import type { Site } from "@/lib/sites/schema";
import type { User } from "@/lib/users/schema";
import { Why } from "./why";

/** Finds a user and says why they are at the site or not. */
export function WhyLookup({ site }: { site: Site }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<User | null>(null);
  const search = useDeferredValue(typed.trim());
  const found = useQuery({
    queryKey: ["users", "why", search],
    queryFn: ({ signal }) =>
      callApi<Page<User>>("GET", "/api/users", { query: { search, limit: 6 }, signal }),
    enabled: search !== "",
    placeholderData: keepPreviousData,
  });
  const people = search === "" ? [] : (found.data?.items ?? []);
  return (
    <Card title="Why somebody is there, or not">
      <div className="grid gap-4 p-4 md:grid-cols-[minmax(14rem,20rem)_1fr]">
        <div className="min-w-0 space-y-2">
          <TextField
            label="User"
            type="search"
            placeholder="Name or e-mail"
            hint={`Each rule that puts them at ${site.name}, or keeps them out.`}
            error={found.error?.message}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {search !== "" && found.data && people.length === 0 && (
            <p className="text-soft">Nobody is called that.</p>
          )}
          <ul className="space-y-0.5">
            {people.map((user) => (
              <li key={user.id}>
                <button
                  type="button"
                  aria-pressed={chosen?.id === user.id}
                  onClick={() => setChosen(user)}
                  className={cn(
                    "w-full truncate rounded-md px-2.5 py-1.5 text-left hover:bg-hover pointer-coarse:py-2.5",
                    chosen?.id === user.id && "bg-accent-soft",
                  )}
                >
                  {user.full_name ? `${user.full_name} · ` : ""}
                  {user.email}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div className="min-w-0">
          {chosen && (
            <section aria-label={`Why ${chosen.email}`} className="space-y-3">
              <h3 className="truncate font-medium">{chosen.full_name ?? chosen.email}</h3>
              <Why siteId={site.id} userId={chosen.id} />
            </section>
          )}
        </div>
      </div>
    </Card>
  );
}
