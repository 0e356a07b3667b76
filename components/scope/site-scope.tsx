"use client";

import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/components/access/use-may";
import { WithSite } from "@/components/sites/page/with-site";
import { Loaded, TableSkeleton } from "@/components/ui/states";
import { scopeQuery } from "@/lib/scope/queries";
import type { Site } from "@/lib/sites/schema";
import { ScopeForm } from "./scope-form";
import { WhyLookup } from "./why-lookup";

/** Which users a site gets. */
export function SiteScope({ id }: { id: string }) {
  return <WithSite id={id}>{(site) => <Sections site={site} />}</WithSite>;
}

function Sections({ site }: { site: Site }) {
  const scope = useQuery(scopeQuery(site.id));
  const writes = useMay("sites:write");
  return (
    <div className="space-y-4">
      <Loaded query={scope} loading={<TableSkeleton rows={4} />}>
        {(saved) => <ScopeForm site={site} saved={saved.scope} readOnly={!writes} />}
      </Loaded>
      <WhyLookup site={site} />
    </div>
  );
}
