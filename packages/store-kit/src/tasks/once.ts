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
