import type { Failure } from "../core/failure";
import { readMapping } from "../core/saved-mapping";
import type { ComparedSite, RowOwners, SiteReader } from "../verify/ports";
import { createKeyedReader } from "./keyed-reader";
import type { SiteFetchOptions } from "./site-fetch";
import { createSupabaseReader } from "./supabase-reader";

/** Opens the way to a site that is compared, which depends on how its rows are found. */
export function openReader(
  site: ComparedSite,
  key: string,
  owners: RowOwners,
  way: SiteFetchOptions,
): SiteReader | Failure {
  if (!site.keyed) return createSupabaseReader(site.url, key, site.removal, way);
  const mapping = readMapping(site.mapping);
  return "code" in mapping ? mapping : createKeyedReader(site, key, { ...way, mapping, owners });
}
