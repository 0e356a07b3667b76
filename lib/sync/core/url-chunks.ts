/** Ids in one URL, in characters: proxies in front of Supabase refuse request lines above about 8 kB. */
const IDS_PER_URL = 4_000;

/** Parts of `ids` that fit into a URL. */
export function chunkIds(ids: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const length = encodeURIComponent(id).length + 7; // quotes and comma, encoded
    if (length > room) {
      chunks.push([]);
      room = IDS_PER_URL;
    }
    chunks.at(-1)?.push(id);
    room -= length;
  }
  return chunks;
}
