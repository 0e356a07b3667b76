import { z } from "zod";
import { createApiKey, hashSecret, hintOf } from "@/lib/access/api-key";
import { dataOf } from "@/lib/centre";
import type { ApiKeyRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import type { ApiKey, CreatedKey, CreateKeyInput, ListKeysQuery } from "@/lib/keys/schema";
import { pageOf, readCursor, rowsAfterKey } from "@/lib/paging";

const COLUMNS = "id,name,hint,scopes,created_by,created_at,expires_at,last_used_at,revoked_at" as const;

const cursorShape = z.tuple([givenMoment, z.uuid()]);

/** The keys that are not revoked, newest first; expired ones among them. */
export async function listKeys(ctx: Context, query: ListKeysQuery): Promise<Page<ApiKey>> {
  const wanted = query.limit + 1;
  const find = (limit: number) =>
    ctx.centre
      .from("api_keys")
      .select(COLUMNS)
      .is("revoked_at", null)
      .order("created_at", { ascending: false })
      .order("id", { ascending: false })
      .limit(limit);
  const after = readCursor(query.cursor, cursorShape);
  const rows = after
    ? await rowsAfterKey(
        wanted,
        async (limit) => dataOf(await find(limit).eq("created_at", after[0]).lt("id", after[1])),
        async (limit) => dataOf(await find(limit).lt("created_at", after[0])),
      )
    : dataOf(await find(wanted));
  return pageOf(rows.map(toApiKey), query.limit, (key) => [key.createdAt, key.id]);
}

/** Makes a key. It is answered this once; only its hash is kept. */
export async function createKey(ctx: Context, input: CreateKeyInput): Promise<CreatedKey> {
  const key = createApiKey();
  const row = await ctx.centre.rpc("api_key_create", {
    name: input.name,
    key_hash: hashSecret(key),
    hint: hintOf(key),
    scopes: input.scopes,
    expires_in_days: input.expiresInDays ?? null,
  });
  return { ...toApiKey(dataOf(row)), key };
}

/** Revokes a key: its next request is refused. Throws `not_found`. */
export async function revokeKey(ctx: Context, { id }: { id: string }): Promise<ApiKey> {
  const row = dataOf(await ctx.centre.rpc("api_key_revoke", { key_id: id }));
  if (!row) throw new AppError("not_found", "No API key has this id.");
  return toApiKey(row);
}

function toApiKey({ id, name, hint, scopes, ...row }: ApiKeyRow): ApiKey {
  return {
    id,
    name,
    hint,
    scopes,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
