// An Elasticsearch 9 that takes every bulk request and keeps nothing, or with `--engine` a real one, which keeps
// documents until they are counted.
import { startEngine } from "../../engines/start-engine.ts";
import { type BodyCounter, startHttpSink } from "./http-sink.ts";
import { announce, isEngine, slowed, throttledEvery } from "./sink.ts";

const NEWLINE = 10;
const answers = new Map<string, string>();
/** Items of all requests, where some are throttled. */
let items = 0;

/** Counts the lines: one of the action and one of the document for each record. */
class BulkCounter implements BodyCounter {
  #op = "";
  #lines = 0;

  push(chunk: Buffer): void {
    // The first bytes are `{"index"` or `{"create"`; never cut, as a chunk is far larger.
    this.#op ||= chunk.toString("latin1", 2, 7) === "index" ? "index" : "create";
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#lines += 1;
  }

  #throttled = 0;

  get records(): number {
    return this.#lines / 2 - this.#throttled;
  }

  get answer(): string {
    if (throttledEvery > 0) return this.#throttledAnswer();
    const key = `${this.#op} ${this.records}`;
    let text = answers.get(key);
    if (text === undefined) {
      const item = `{"${this.#op}":{"status":201}}`;
      text = `{"took":1,"errors":false,"items":[${`${item},`.repeat(this.records).slice(0, -1)}]}`;
      answers.set(key, text);
    }
    return text;
  }

  #throttledAnswer(): string {
    const all = Array.from({ length: this.#lines / 2 }, () => {
      const isThrottled = (items += 1) % throttledEvery === 0;
      if (isThrottled) this.#throttled += 1;
      const error = '"status":429,"error":{"type":"es_rejected_execution_exception","reason":"rejected execution"}';
      return `{"${this.#op}":{${isThrottled ? error : '"status":201'}}}`;
    });
    return `{"took":1,"errors":true,"items":[${all.join()}]}`;
  }
}

if (isEngine) await announceEngine();
else await announceNull();

function announceNull(): Promise<void> {
  return startHttpSink({
    headers: { "x-elastic-product": "Elasticsearch" },
    carrier: ({ url = "" }) => (url.includes("_bulk") ? new BulkCounter() : undefined),
    greeting: JSON.stringify({
      status: "green",
      tagline: "You Know, for Search",
      version: { number: "9.2.0", build_flavor: "default" },
    }),
  });
}

async function announceEngine(): Promise<void> {
  const engine = await startEngine("elasticsearch");
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${engine.url}${path}`, { method, headers, body: body ? JSON.stringify(body) : null });
    return answer.json();
  };
  // The records of seven scanners have more fields than an index may have.
  const clear = (): Promise<unknown> => ask("PUT", "bench", { mappings: { dynamic: false } });
  await clear();
  const take = async (): Promise<{ readonly records: number }> => {
    await ask("POST", "bench/_refresh");
    const { count: records } = (await ask("GET", "bench/_count")) as { count: number };
    await ask("DELETE", "bench");
    await clear();
    return { records };
  };
  await announce(`http://127.0.0.1:${await slowed(engine.port)}`, take, () => engine.stop());
}
