import { existsSync } from "node:fs";
import { errorOf } from "../errors/error-of.ts";
import { isCloudmarkerError, messageOf } from "../errors.ts";
import { Claim } from "../state/claim.ts";
import { claimPath, journalPath } from "../state/run-files.ts";
import { isDamage, reasonOf, StorageError } from "../state/storage-error.ts";

/**
 * Takes the claim of a run. Whether locks can be trusted there was found before.
 * @param setsAside whether a damaged one is moved away
 * @throws CloudmarkerError RUN_IN_USE, STATE_UNUSABLE
 */
function takeClaim(folder: string, run: string, setsAside: boolean): Claim {
  try {
    return Claim.take(claimPath(folder, run), { unsafe: true, setsAside });
  } catch (cause) {
    switch (reasonOf(cause)) {
      case "locked":
        throw errorOf("RUN_IN_USE", "locked", { run }, { cause });
      case "newer":
      case "foreign":
      case "damaged":
        throw unusable(cause);
      default:
        throw cause;
    }
  }
}

/**
 * Takes the claim of a run, or says what is wrong with it where it is damaged and stays.
 * @throws CloudmarkerError RUN_IN_USE, STATE_UNUSABLE
 */
export function takeOrLook(
  folder: string,
  run: string,
  setsAside: boolean,
): { readonly claim: Claim; readonly damage?: undefined } | { readonly claim?: undefined; readonly damage: Error } {
  try {
    return { claim: takeClaim(folder, run, setsAside) };
  } catch (error) {
    if (!isOfDamage(error)) throw error;
    return { damage: error };
  }
}

/** Nothing of a file of a run can be read. */
export function isOfDamage(error: unknown): error is Error {
  return isCloudmarkerError(error) && isDamage(error.cause);
}

/** Whether the claim of a run is not all that there is of it. */
export function hasJournal(folder: string, run: string): boolean {
  const path = journalPath(folder, run);
  return existsSync(path) || existsSync(`${path}.salvaged`);
}

/**
 * The claim of a run of which something is left.
 * @param setsAside whether a damaged one is moved away, which nothing is known of then
 * @throws CloudmarkerError RUN_UNKNOWN, RUN_IN_USE, STATE_UNUSABLE
 */
export function claimLeft(folder: string, run: string, setsAside: boolean): Claim {
  if (!hasJournal(folder, run) && !existsSync(claimPath(folder, run)))
    throw errorOf("RUN_UNKNOWN", "missing", { run, folder });
  try {
    return takeClaim(folder, run, setsAside);
  } catch (error) {
    throw isCloudmarkerError(error) ? error : unusable(error);
  }
}

/** A file of the state folder cannot be used. */
export function unusable(cause: unknown): Error {
  // The message of such an error says what its own cause means.
  const why = cause instanceof StorageError ? cause.message : messageOf(cause);
  return errorOf("STATE_UNUSABLE", "failed", { why }, { cause });
}
