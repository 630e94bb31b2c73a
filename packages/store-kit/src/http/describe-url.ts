import type { Clock } from "@cloudmarker/store-api";
import { describeServer } from "./answer.ts";

/** How long {@link describeHttp} waits, in milliseconds. */
const HTTP_TIMEOUT_MS = 2_000;

/**
 * The kind of server that answers at a URL, in the words of {@link describeServer}; undefined if none answers. It is
 * for messages of stores whose server does not speak HTTP.
 */
export async function describeHttp(
  url: string,
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
): Promise<string | undefined> {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort(), HTTP_TIMEOUT_MS);
  try {
    const answer = await fetch(url, { redirect: "manual", signal: controller.signal });
    return describeServer({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    });
  } catch {
    return undefined;
  } finally {
    clock.clearTimeout(timer);
  }
}
