// A Splunk HTTP Event Collector that takes every event and keeps nothing.
import { type BodyCounter, startHttpSink } from "./http-sink.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Counts the objects at the top: with a line break between them or without (HEC-03). */
class EventCounter implements BodyCounter {
  records = 0;
  readonly answer: string = '{"text":"Success","code":0}';
  #depth = 0;
  #inText = false;
  #isEscaped = false;

  push(chunk: Buffer): void {
    let depth = this.#depth;
    let inText = this.#inText;
    let isEscaped = this.#isEscaped;
    for (const byte of chunk) {
      if (isEscaped) isEscaped = false;
      else if (inText) {
        if (byte === QUOTE) inText = false;
        else if (byte === BACKSLASH) isEscaped = true;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN) depth += 1;
      else if (byte === CLOSE) {
        depth -= 1;
        if (depth === 0) this.records += 1;
      }
    }
    this.#depth = depth;
    this.#inText = inText;
    this.#isEscaped = isEscaped;
  }
}

await startHttpSink({
  carrier: ({ url = "", method }) =>
    method === "POST" && url.startsWith("/services/collector") ? new EventCounter() : undefined,
  greeting: '{"text":"HEC is healthy","code":17}',
});
