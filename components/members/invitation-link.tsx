import { MailCheck, MailX } from "lucide-react";
import { roleLooks } from "@/components/access/roles";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { OneTimeText } from "@/components/ui/one-time-text";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Invited } from "@/lib/members/schema";

/** A link that was made just now, and whether it is on its way already. */
export function InvitationLink({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const { invitation, link, mailed } = invited;
  const Icon = mailed ? MailCheck : MailX;
  return (
    <>
      <DialogBody>
        <OneTimeText label="Invitation link" text={link} copy="Copy link" />
        <p className="flex gap-2">
          <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${mailed ? "text-ok" : "text-warn"}`} />
          <span className="min-w-0 break-words">
            {mailed
              ? `It was mailed to ${invitation.email}. You may also hand it over yourself.`
              : `It was not mailed, since this server sends no mail. Hand it to ${invitation.email} yourself.`}
          </span>
        </p>
        <p className="text-soft">
          Whoever opens it first becomes {roleLooks[invitation.role].name.toLowerCase()} with the account they
          sign in with, so send it to nobody else. It ends <RelativeTime value={invitation.expiresAt} />.
        </p>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogFooter>
    </>
  );
}
