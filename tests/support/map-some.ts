/** Does something with every item, some at a time, in their order; answers the results in the same order. */
export async function mapSome<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = 12,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
