import { CircleCheck, CircleMinus } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { User } from "@/lib/users/schema";

export function UserStatus({ status }: { status: User["status"] }) {
  if (status === "inactive") {
    return (
      <Badge tone="idle" icon={CircleMinus}>
        Inactive
      </Badge>
    );
  }
  return (
    <Badge tone="ok" icon={CircleCheck}>
      Active
    </Badge>
  );
}
