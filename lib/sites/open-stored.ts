import type { Context } from "@/lib/context";
import { AppError, type FieldError } from "@/lib/errors";
import { credentialsPlace, UnsealError } from "@/lib/secrets/sealer";
import type { Site } from "@/lib/sites/schema";
import { adviceFor } from "@/lib/sync/core/failure";

/** Opens a secret of a site whose saved URL is `url`. Throws `credentials_unreadable`. */
export async function openStored(
  ctx: Context,
  site: Pick<Site, "id" | "kind"> & { url: string },
  sealed: string,
): Promise<string> {
  try {
    return await ctx.sealer.open(sealed, credentialsPlace(site));
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    const code = "credentials_unreadable";
    const message = `The saved credentials of this site cannot be opened. ${cause.message} ${adviceFor(code)}`;
    throw new AppError(code, message, { cause });
  }
}

/** What is said of a site that has none, here as in `user_sync_status`. */
export const CREDENTIALS_MISSING = "Site Supabase credentials not configured";

export function credentialsMissing(errors: readonly FieldError[] = []): AppError {
  return new AppError("credentials_missing", CREDENTIALS_MISSING, { errors });
}
