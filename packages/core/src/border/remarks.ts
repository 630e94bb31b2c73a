import type { Remark } from "@cloudmarker/store-api";
import { cut, describe } from "./describe.ts";
import { fieldsOf, itemsOf, MOST_CODE, MOST_TEXT } from "./read.ts";

/** Remarks of one store that the receipt keeps. */
const MOST_REMARKS = 100;
/** Characters of a sample that are kept. */
const MOST_SAMPLE = 200;

/**
 * The remarks in what `done` returned, for the receipt.
 * @param leftOut - called with a description of each remark that is left out
 */
export function readRemarks(value: unknown, leftOut: (what: string) => void): readonly Remark[] {
  if (value === undefined) return [];
  const given = itemsOf(value, MOST_REMARKS + 1);
  if (!given) leftOut(`remarks that are ${describe(value)}, not a list`);
  if (given && given.length > MOST_REMARKS) leftOut(`more than ${MOST_REMARKS} remarks, which is too many`);
  return (given ?? []).slice(0, MOST_REMARKS).flatMap((one) => {
    const remark = readRemark(one);
    if (!remark) leftOut("a remark without a code, a message, a count and of how many");
    return remark ?? [];
  });
}

function readRemark(value: unknown): Remark | undefined {
  const { code, count, of, message, sample } = fieldsOf(value, ["code", "count", "of", "message", "sample"]) ?? {};
  if (typeof code !== "string" || typeof message !== "string" || !isCount(count) || !isCount(of)) return undefined;
  const texts = { code: cut(code, MOST_CODE), message: cut(message, MOST_TEXT) };
  return { ...texts, count, of, ...(typeof sample === "string" && { sample: cut(sample, MOST_SAMPLE) }) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
