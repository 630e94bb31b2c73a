import { type CheckReport, isStoreError } from "@cloudmarker/store-api";

/**
 * Makes the report of a check.
 * @param look - resolves with what it found, and throws a StoreError for a problem
 * @param certificate - the one that the server shows; read if TLS failed
 */
export async function reportCheck(
  look: () => Promise<string>,
  certificate: () => Promise<string | undefined>,
): Promise<CheckReport> {
  try {
    return { ok: true, code: "ok", message: await look() };
  } catch (error) {
    if (!isStoreError(error)) throw error;
    const { code, message } = error;
    const shown = code === "tls" ? await certificate() : undefined;
    return { ok: false, code, message: shown === undefined ? message : `${message} It shows a ${shown}.` };
  }
}
