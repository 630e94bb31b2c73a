import { type DeliveryConfig, createHost } from "@cloudmarker/core";
import type { Receipt, StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QuietClock } from "./quiet-clock.ts";
import { type Target, seqOf } from "./target.ts";

/** Small batches, so that much can go wrong between few records; long patience, since the clock is a quick one. */
const DELIVERY: DeliveryConfig = {
  batch: { records: 10, age: "100ms" },
  concurrency: 2,
  retry: { min: "500ms", max: "10s" },
  timeout: "60s",
  deadline: "20m",
};

/** What is sent, and what happens meanwhile. */
export interface Delivery {
  readonly count: number;
  readonly delivery?: DeliveryConfig;
  /** Text beside the number of a record. */
  readonly padding?: (seq: number) => string;
  /** Writes are under way for as long as they hang: time passes all the same. */
  readonly hangs?: boolean;
  /** What changes during the delivery, and after how many milliseconds of its clock. */
  readonly later?: { readonly afterMs: number; readonly act: () => void | Promise<void> };
}

/** What became of it. */
export interface Delivered {
  readonly sent: number;
  /** Different records that the server has. */
  readonly stored: number;
  /** Those that it has more than once. */
  readonly twice: number;
  /** Numbers of the dead letters, in order. */
  readonly dead: readonly number[];
  readonly receipt: StoreReceipt;
  readonly run: Receipt;
  /** In milliseconds of the clock. */
  readonly tookMs: number;
  /** Times that the store was blocked. */
  readonly blocked: number;
}

/** Sends numbered records through a real host and a real store to a scripted server. */
export async function deliver(target: Target, order: Delivery): Promise<Delivered> {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-faults-"));
  const clock = new QuietClock();
  const dead: number[] = [];
  let busy = 0;
  let blocked = 0;
  const plugin = watched(target.plugin, (change) => (busy += change));
  const store = { plugin, params: target.params, delivery: { ...DELIVERY, ...order.delivery } };
  const host = createHost({ stores: { target: store }, clock, random: () => 0.5, stateDir, run: "20261123_145314" });
  host.hooks.store.tap("count", ({ hooks }) => {
    hooks.blocked.tap("count", () => void blocked++);
  });
  host.hooks.deadLetter.tap("keep", (letters) => {
    dead.push(...letters.map(({ json }) => seqOf(json)));
  });
  const activity = (): number | undefined => (busy > 0 && !order.hangs ? undefined : target.activity());
  const { later } = order;
  const started = clock.now();
  const work = async (): Promise<Receipt> => {
    await host.open();
    await host.write(produce(order));
    return host.done();
  };
  try {
    const [run] = await clock.runBeside(
      Promise.all([work(), later && clock.after(later.afterMs).then(later.act)]),
      activity,
    );
    const [receipt] = run.stores;
    if (!receipt) throw new Error("the run has no store");
    const stored = target.stored();
    const twice = [...stored.values()].filter((times) => times > 1).length;
    const tookMs = clock.now() - started;
    return {
      sent: order.count,
      stored: stored.size,
      twice,
      dead: dead.toSorted((a, b) => a - b),
      receipt,
      run,
      tookMs,
      blocked,
    };
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** The plugin, and a word whenever it begins or ends to open or to write. */
function watched(plugin: StorePlugin, busy: (change: 1 | -1) => void): StorePlugin {
  const watch = async <T>(work: () => T | Promise<T>): Promise<T> => {
    busy(1);
    try {
      return await work();
    } finally {
      busy(-1);
    }
  };
  return {
    ...plugin,
    async open(params, context) {
      const store = await watch(() => plugin.open(params, context));
      return { ...store, write: (batch, attempt) => watch(() => store.write(batch, attempt)) };
    },
  };
}

function* produce({ count, padding }: Delivery): Generator<object> {
  for (let seq = 0; seq < count; seq++) yield { seq, ...(padding && { padding: padding(seq) }) };
}

/** A cell of the matrix: what was sent, what is there, what is there twice, and what the receipt says of it. */
export function cell({ sent, stored, twice, receipt }: Delivered): string {
  const { written, duplicate, deadLettered, diverted } = receipt;
  const more = [duplicate && `${duplicate} dup`, deadLettered && `${deadLettered} dead`, diverted && `${diverted} div`];
  return `${sent} / ${stored} / ${twice} / ${[`${written} w`, ...more.filter(Boolean)].join(" ")}`;
}
