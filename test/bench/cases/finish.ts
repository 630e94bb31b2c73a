import { get } from "node:http";
import { costSince, print } from "./report.ts";
import type { Counts, Sink } from "./sink.ts";

/**
 * Takes the time, then compares what arrived with `count`, then prints the cost. @throws Error if a sink has another
 * number
 */
export async function finish(started: number, count: number, ...sinks: readonly Sink[]): Promise<void> {
  const cost = costSince(started);
  let bytes = 0;
  for (const sink of sinks) {
    const counts = await take(sink);
    if (counts.records !== count) throw new Error(`${counts.records} of ${count} records arrived at ${sink.url}`);
    bytes += counts.bytes ?? 0;
  }
  print({ ...cost, ...(bytes > 0 && { bytes: bytes / count }) });
}

/** The same for programs that are not ours: their lost records are reported, and are no error. */
export async function finishPeer(started: number, sink: Sink): Promise<void> {
  const cost = costSince(started);
  const { records, bytes } = await take(sink);
  print({ ...cost, arrived: records, ...(bytes !== undefined && { bytes: bytes / Math.max(1, records) }) });
}

/** Not by `fetch`, which would be loaded for this alone. */
function take({ counter }: Sink): Promise<Counts> {
  return new Promise((resolve, reject) => {
    get(counter, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(JSON.parse(text) as Counts));
    }).on("error", reject);
  });
}
