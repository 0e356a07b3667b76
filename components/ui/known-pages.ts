/** A page of a list that goes on at the server. */
export interface PageOf<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** What is remembered of a list that goes on at the server: where its pages begin, and those near what is in sight. */
export interface KnownPages<Item> {
  /** The cursor of each page that is known to be there; every page but the last one is full. */
  cursors: readonly string[];
  /** How many rows the last one has, null while it has not come: then more may follow. */
  lastRows: number | null;
  pages: ReadonlyMap<number, PageOf<Item>>;
}

export const NO_PAGES: KnownPages<never> = { cursors: [""], lastRows: null, pages: new Map() };

/** Rows that are known to be there. */
export function rowCount({ cursors, lastRows }: KnownPages<unknown>, size: number): number {
  return (cursors.length - 1) * size + (lastRows ?? 0);
}

/** What is known once these pages came, by their numbers in ascending order; the same when they tell nothing new. */
export function learn<Item>(
  known: KnownPages<Item>,
  came: readonly (readonly [number, PageOf<Item> | undefined])[],
): KnownPages<Item> {
  const pages = new Map<number, PageOf<Item>>();
  let { cursors, lastRows } = known;
  for (const [number, answer] of came) {
    // Its beginning has moved, and what was there is shown until it comes from its new one.
    const page = answer ?? known.pages.get(number);
    if (page) pages.set(number, page);
    if (!answer || number >= cursors.length) continue;
    if (answer.nextCursor === null) {
      cursors = number + 1 === cursors.length ? cursors : cursors.slice(0, number + 1);
      lastRows = answer.items.length;
    } else if (answer.nextCursor !== cursors[number + 1]) {
      if (number + 1 === cursors.length) lastRows = null;
      cursors = [...cursors.slice(0, number + 1), answer.nextCursor, ...cursors.slice(number + 2)];
    }
  }
  const isSame =
    cursors === known.cursors &&
    lastRows === known.lastRows &&
    pages.size === known.pages.size &&
    [...pages].every(([number, page]) => known.pages.get(number) === page);
  return isSame ? known : { cursors, lastRows, pages };
}
