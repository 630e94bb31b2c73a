import crypto from "node:crypto";
import type { Pace } from "./pace.ts";
import { keepPace } from "./pace.ts";
import type { Extent } from "./record-lines.ts";
import { recordLines } from "./record-lines.ts";

/** Records whose hashes are held at a time; about 100 bytes each. */
const HELD_RECORDS = 500_000;
const MOST_ROUNDS = 64;
const KEY_BYTES = 16;

/** A part of a file, and how many records it has at most. */
export interface Place extends Extent {
  readonly records: number;
}

/** Which records of a file are new. */
export interface Novelty {
  readonly count: number;
  /** By the position of the record in its file. */
  has(index: number): boolean;
}

/**
 * Finds the records of `part` that are not in what was published. In a run that is repeated under its id, an equal
 * record is already there, and a different one is new (L-10). A record that is there twice counts twice. Reads the
 * files several times rather than hold more than {@link HELD_RECORDS} hashes.
 */
export async function newRecords(
  part: Extent,
  published: readonly Place[],
  pace: Pace,
  heldRecords: number = HELD_RECORDS,
): Promise<Novelty> {
  const records = published.reduce((sum, one) => sum + one.records, 0);
  const rounds = Math.min(MOST_ROUNDS, Math.max(1, Math.ceil(records / heldRecords)));
  const isNew = new Marks();
  for (let round = 0; round < rounds; round += 1) {
    const held = new Map<string, number>();
    for (const place of published) {
      for await (const lines of recordLines(place)) {
        keepPace(pace);
        for (const line of lines) {
          const key = keyOf(line, round, rounds);
          if (key !== undefined) held.set(key, (held.get(key) ?? 0) + 1);
        }
      }
    }
    let index = 0;
    for await (const lines of recordLines(part)) {
      keepPace(pace);
      for (const line of lines) {
        const key = keyOf(line, round, rounds);
        if (key !== undefined) {
          const left = held.get(key) ?? 0;
          if (left > 0) held.set(key, left - 1);
          else isNew.add(index);
        }
        index += 1;
      }
    }
  }
  return isNew;
}

/** Whether all records of `part` are in what was published. */
export async function hasAll(part: Extent, published: readonly Place[], pace: Pace): Promise<boolean> {
  return (await newRecords(part, published, pace)).count === 0;
}

/** The hash of a record; undefined if another round handles it. */
function keyOf(line: Buffer, round: number, rounds: number): string | undefined {
  const digest = crypto.hash("sha256", line, "buffer");
  return digest.readUInt32LE(KEY_BYTES) % rounds === round ? digest.toString("latin1", 0, KEY_BYTES) : undefined;
}

/** A set of small numbers, one bit each. */
class Marks implements Novelty {
  count = 0;
  #bits = new Uint8Array(1024);

  add(index: number): void {
    const at = index >> 3;
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(this.#bits.length * 2, at + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (index & 7));
    this.count += 1;
  }

  has(index: number): boolean {
    return ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }
}
