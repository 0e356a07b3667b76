import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { CopyIcon } from "@/components/ui/copy-button";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import type { User } from "@/lib/users/schema";
import { UserStatus } from "../user-status";

/** The fields of a user. */
export function UserFacts({ user }: { user: User }) {
  return (
    <Card title="Fields" className="h-fit">
      <dl className="divide-y">
        <Fact name="Status">
          <UserStatus status={user.status} />
        </Fact>
        <Fact name="Full name">{user.full_name}</Fact>
        <Fact name="E-mail">{user.email}</Fact>
        <Fact name="Role">{user.role}</Fact>
        <Fact name="Team">{user.team}</Fact>
        <Fact name="Department">{user.department}</Fact>
        <Fact name="Id" copy={user.id}>
          <span className="font-mono text-xs">{user.id}</span>
        </Fact>
        {user.clerk_user_id !== user.id && (
          <Fact name="Clerk id" copy={user.clerk_user_id}>
            <span className="font-mono text-xs">{user.clerk_user_id}</span>
          </Fact>
        )}
        <Fact name="Added">
          <RelativeTime value={user.created_at} />
        </Fact>
        <Fact name="Changed">
          <RelativeTime value={user.updated_at} />
        </Fact>
        <Fact name="Version">{formatNumber(user.version)}</Fact>
      </dl>
    </Card>
  );
}

interface FactProps {
  name: string;
  copy?: string;
  children: ReactNode;
}

function Fact({ name, copy, children }: FactProps) {
  return (
    <div className="flex min-h-9 items-center justify-between gap-4 px-4 py-1.5">
      <dt className="shrink-0 text-soft">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1 text-right">
        <span className="min-w-0 break-words">{children ?? <span className="text-faint">–</span>}</span>
        {copy !== undefined && <CopyIcon label={`Copy the ${name.toLowerCase()}`} text={copy} />}
      </dd>
    </div>
  );
}
