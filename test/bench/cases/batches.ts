import { createReadStream } from "node:fs";
import { distinct, realRecords } from "../data.ts";

// `SOURCE SINK [RECORDS] [AT_A_TIME]`: records of a batch, and batches under way at a time.
const [, , , , batchText = "1000", inFlightText = "4"] = process.argv;
const BATCH = Number(batchText);
const IN_FLIGHT = Number(inFlightText);

/** Batches of records: `source` is how many are made, or the NDJSON file that they are read from. */
export function batchesOf(source: string): AsyncIterable<object[]> {
  return /^\d+$/u.test(source) ? made(realRecords("network"), Number(source)) : read(source);
}

async function* made(records: readonly object[], count: number): AsyncGenerator<object[]> {
  let batch: object[] = [];
  for (const record of distinct(records, count)) {
    if (batch.push(record) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* read(path: string): AsyncGenerator<object[]> {
  let batch: object[] = [];
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (batch.push(JSON.parse(line) as object) < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Sends every batch, as many at a time as the arguments say. @returns how many records there were */
export async function sendAll(
  batches: AsyncIterable<object[]>,
  send: (batch: object[]) => Promise<unknown>,
): Promise<number> {
  const iterator = batches[Symbol.asyncIterator]();
  let count = 0;
  const sender = async (): Promise<void> => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      count += next.value.length;
      await send(next.value);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  return count;
}
