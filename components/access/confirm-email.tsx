import { MailCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { AccessNotice } from "./access-card";

/** Between signing up and joining: the address has to be confirmed first. */
export function ConfirmEmail({ email, onConfirmed }: { email: string; onConfirmed: () => void }) {
  return (
    <AccessNotice
      icon={MailCheck}
      tone="ok"
      title="Confirm your e-mail address"
      action={<Button onClick={onConfirmed}>I have confirmed it</Button>}
    >
      <p>
        We sent a message to <span className="text-ink">{email}</span>. Open its link, then come back here and
        enter the same password again. This page's link stays good until then.
      </p>
    </AccessNotice>
  );
}
