// A Splunk HTTP Event Collector that takes every event and keeps nothing, or with `--engine` a real one, which keeps
// events until they are counted.
import { readFileSync, statSync, truncateSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { receivedIn, startEngine } from "../../engines/start-engine.ts";
import { type BodyCounter, startHttpSink } from "./http-sink.ts";
import { announce, isEngine, slowed } from "./sink.ts";

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

if (isEngine) await announceEngine();
else await announceNull();

function announceNull(): Promise<void> {
  return startHttpSink({
    carrier: ({ url = "", method }) =>
      method === "POST" && url.startsWith("/services/collector") ? new EventCounter() : undefined,
    greeting: '{"text":"HEC is healthy","code":17}',
  });
}

async function announceEngine(): Promise<void> {
  const engine = await startEngine("hec");
  const file = receivedIn(engine.dir);
  const sizeOf = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const take = async (): Promise<{ readonly records: number }> => {
    // It writes every 50 ms.
    for (let size = -1; size !== sizeOf();) {
      size = sizeOf();
      // oxlint-disable-next-line no-await-in-loop -- until nothing more comes
      await delay(200);
    }
    const records = readFileSync(file, "latin1").split('"record_id"').length - 1;
    truncateSync(file);
    return { records };
  };
  await announce(`http://127.0.0.1:${await slowed(engine.port)}`, take, () => engine.stop());
}
