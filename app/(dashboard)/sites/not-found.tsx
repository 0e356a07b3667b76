import { Unplug } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";

export default function SiteNotFound() {
  return (
    <EmptyState
      icon={Unplug}
      wholePage
      title="There is no such site"
      action={
        <Button asChild>
          <Link href="/sites">To the connected sites</Link>
        </Button>
      }
    >
      It may have been disconnected, or the address is mistyped. What was sent to it is still in the log.
    </EmptyState>
  );
}
