/**
 * Node does the calls of the disk in four threads. So many files at a time keep it busy, and leave one thread to the
 * others in the process: a disk that hangs must not stop them.
 */
const AT_A_TIME = 3;

/**
 * Does `task` for every item, a few at a time, and begins no further one once the signal is aborted.
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
