"use client";

import { useQuery } from "@tanstack/react-query";
import { Table2, Webhook } from "lucide-react";
import { useMay } from "@/components/access/use-may";
import { WithSite } from "@/components/sites/page/with-site";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { mappingQuery } from "@/lib/mapping/queries";
import type { Site } from "@/lib/sites/schema";
import { MappingForm } from "./mapping-form";

/** How a site's users are written there: which table, and what goes into each of its columns. */
export function SiteMapping({ id }: { id: string }) {
  return <WithSite id={id}>{(site) => <Mapping site={site} />}</WithSite>;
}

function Mapping({ site }: { site: Site }) {
  const mapping = useQuery({ ...mappingQuery(site.id), enabled: site.kind === "supabase" });
  const writes = useMay("sites:write");
  if (site.kind === "webhook") {
    return (
      <Card>
        <EmptyState icon={Webhook} title="An endpoint takes every field">
          {site.name} is sent a message for each user and stores of it what it likes.
        </EmptyState>
      </Card>
    );
  }
  if (!site.hasCredentials) {
    return (
      <Card>
        <EmptyState icon={Table2} title="Credentials first">
          Save the Supabase URL and the secret key of {site.name}; then its tables can be read here.
        </EmptyState>
      </Card>
    );
  }
  return (
    <Loaded query={mapping} loading={<TableSkeleton rows={4} />}>
      {(saved) => <MappingForm site={site} saved={saved} readOnly={!writes} />}
    </Loaded>
  );
}
