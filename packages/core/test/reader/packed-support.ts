// What the tests of packed input have in common, whatever packs it.
import { expect, test } from "vitest";
import { cutAt, read } from "../records/support.ts";

/** The records of a first part and of a second one. */
export const A: readonly string[] = ['{"n":1}', '{"n":2}'];
export const B: readonly string[] = ['{"n":3}', '{"n":4}'];

/** Records that hardly get smaller. */
export function lines(count: number): string[] {
  return Array.from({ length: count }, (_value, index) => `{"index":${index},"random":"${Math.sin(index)}"}`);
}

/** Packed data with something wrong in it: the records in front of that, and what is said of it. */
export type Fault = readonly [name: string, bytes: Buffer, texts: readonly string[], error: string, details: string];

/** A test for each of them, whatever pieces the bytes come in. */
export function testFaults(faults: readonly Fault[]): void {
  for (const [name, bytes, texts, error, details] of faults) {
    test(`${name}: says so`, { timeout: 20_000 }, async () => {
      for (let at = 1; at <= bytes.length; at++) {
        const found = await read(cutAt(bytes, at), { size: bytes.length });
        expect([at, found.texts, found.error]).toEqual([at, texts, `in.json: ${error}`]);
        expect(found.details).toContain(details);
      }
    });
  }
}
