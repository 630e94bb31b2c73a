/**
 * Node does the calls of the disk in four threads. This many files at a time use them well, and leave one thread to the
 * rest of the process: a disk that hangs must not stop it.
 */
const AT_A_TIME = 3;

/**
 * Does `task` for every item, a few at a time, and begins no more once the signal is aborted.
 * @returns the results, in the order of the items
 */
export async function forEach<T, R>(
  items: Iterable<T>,
  signal: AbortSignal,
  task: (item: T) => Promise<R>,
  atATime: number = AT_A_TIME,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items[Symbol.iterator]();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let entry = entries.next(); !entry.done && !signal.aborted; entry = entries.next()) {
      const index = next;
      next += 1;
      results[index] = await task(entry.value);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}
