import type { DeliveryConfig } from "@cloudmarker/core";
import { type Meanwhile, type Sent, send } from "./send.ts";
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
export interface Delivery extends Pick<Meanwhile, "later"> {
  readonly count: number;
  readonly delivery?: DeliveryConfig;
  /** Text beside the number of a record. */
  readonly padding?: (seq: number) => string;
  /** Writes are under way for as long as they hang: time passes all the same. */
  readonly hangs?: boolean;
}

/** What became of it. */
export interface Delivered extends Omit<Sent, "letters" | "said"> {
  readonly sent: number;
  /** Different records that the server has. */
  readonly stored: number;
  /** Those that it has more than once. */
  readonly twice: number;
  /** Numbers of the dead letters, in order. */
  readonly dead: readonly number[];
}

/** Sends numbered records through a real host and a real store to a scripted server. */
export async function deliver(target: Target, order: Delivery): Promise<Delivered> {
  const { plugin, params } = target;
  const { count, hangs, later, delivery } = order;
  const meanwhile = { ...(later && { later }), ...(hangs && { asked: target.activity }) };
  const { letters, ...sent } = await send(plugin, params, produce(order), { ...DELIVERY, ...delivery }, meanwhile);
  const stored = target.stored();
  const twice = [...stored.values()].filter((times) => times > 1).length;
  const dead = letters.map(({ json }) => seqOf(json)).toSorted((a, b) => a - b);
  return { ...sent, sent: count, stored: stored.size, twice, dead };
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
