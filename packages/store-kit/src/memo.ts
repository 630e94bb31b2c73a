import { isStoreError, StoreError } from "@cloudmarker/store-api";

/**
 * Makes something once, with the argument of the first call, for all calls. If it fails, the next call makes it again.
 */
export function once<T, A extends readonly unknown[]>(make: (...given: A) => Promise<T>): (...given: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...given) => {
    made ??= make(...given).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/**
 * Does once, for all batches that wait for it, what must be done before the first record is sent.
 * @returns a function that throws no StoreError but `retry` and `blocked`: no record can have been applied, and no
 * record can be the reason
 */
export function prepareOnce<T>(prepare: () => Promise<T>): () => Promise<T> {
  return once(() =>
    prepare().catch((error: unknown) => {
      throw isStoreError(error) ? notSent(error) : error;
    }),
  );
}

/**
 * The meaning of a failure before anything was sent: no record can have been applied, and no record can be the reason.
 */
export function notSent(failure: Error & Pick<StoreError, "code"> & Partial<StoreError>): StoreError {
  const { status, code, message } = failure;
  return new StoreError(status === "retry" || status === "unknown" ? "retry" : "blocked", code, message, failure);
}

/** More names than this exist only if every record has its own. */
const NAMES_REMEMBERED = 10_000;
/** Longest name: a longer text is not a name, and a record may have one of megabytes. */
const LONGEST_REMEMBERED = 255;

/** Makes something once for each name, such as that of an index. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly name: string; readonly value: T }>();
  let last: { readonly name: string; readonly value: T } | undefined;
  return (name) => {
    // Mostly the name of the record before; without placeholders, always.
    if (last?.name === name) return last.value;
    let one = made.get(name);
    if (!one) {
      one = { name, value: make(name) };
      if (name.length > LONGEST_REMEMBERED) return one.value;
      if (made.size >= NAMES_REMEMBERED) made.clear();
      made.set(name, one);
    }
    last = one;
    return one.value;
  };
}
