// An Elasticsearch 9 that takes every bulk request and keeps nothing.
import { type BodyCounter, startHttpSink } from "./http-sink.ts";

const NEWLINE = 10;
const answers = new Map<string, string>();

/** Counts the lines: one of the action and one of the document for each record. */
class BulkCounter implements BodyCounter {
  #op = "";
  #lines = 0;

  push(chunk: Buffer): void {
    // The first bytes are `{"index"` or `{"create"`; never cut, as a chunk is far larger.
    this.#op ||= chunk.toString("latin1", 2, 7) === "index" ? "index" : "create";
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#lines += 1;
  }

  get records(): number {
    return this.#lines / 2;
  }

  get answer(): string {
    const key = `${this.#op} ${this.records}`;
    let text = answers.get(key);
    if (text === undefined) {
      const item = `{"${this.#op}":{"status":201}}`;
      text = `{"took":1,"errors":false,"items":[${`${item},`.repeat(this.records).slice(0, -1)}]}`;
      answers.set(key, text);
    }
    return text;
  }
}

await startHttpSink({
  headers: { "x-elastic-product": "Elasticsearch" },
  carrier: ({ url = "" }) => (url.includes("_bulk") ? new BulkCounter() : undefined),
  greeting: JSON.stringify({
    status: "green",
    tagline: "You Know, for Search",
    version: { number: "9.2.0", build_flavor: "default" },
  }),
});
