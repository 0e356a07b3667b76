"use client";

import { SearchX, Users } from "lucide-react";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/states";

export function NobodyYet() {
  const adds = useMay("users:write");
  return (
    <Card>
      <EmptyState icon={Users} title="No users yet">
        {adds ? "Add the first user above, or import a CSV file." : "An admin can add the first one."} Every
        connected site receives them within seconds.
      </EmptyState>
    </Card>
  );
}

export function NobodyFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No user matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Try a part of the name or of the e-mail address, or take a filter away.
      </EmptyState>
    </Card>
  );
}
