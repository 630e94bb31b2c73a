import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { count, duration, grouped, plain, table, type Colors } from "./text.ts";

/** Columns that are always shown, so that `accepted = written + duplicate + dead-lettered` is visible. */
const ALWAYS = [
  ["accepted", "accepted"],
  ["written", "written"],
  ["duplicate", "duplicate"],
  ["dead-lettered", "deadLettered"],
] as const;

/** Columns that are shown if a store has a value in them. */
const SOMETIMES = [
  ["spooled", "spooled"],
  ["lost", "lost"],
  ["diverted", "diverted"],
  ["retries", "retries"],
] as const;

/**
 * The receipt of a run for a person: one row per store, then where the records are and what went wrong. Ends in a line
 * break.
 * @param input named in the headline if it was not read to its end
 * @param skipped lines of the input that are not records and were skipped
 */
export function renderReceipt(
  receipt: Receipt,
  colors: Colors,
  input: "the input" | "an input" = "the input",
  skipped = 0,
): string {
  const { stores } = receipt;
  const columns = [...ALWAYS, ...SOMETIMES.filter(([, key]) => stores.some((store) => store[key] > 0))];
  const [titles = "", ...rows] = table(
    ["store", ...columns.map(([title]) => title)],
    stores.map((store) => [labelOf(store, receipt), ...columns.map(([, key]) => store[key])]),
  );
  const lines = [headline(receipt, colors, input, skipped), ...door(receipt)];
  if (stores.length > 0) lines.push("", colors.dim(titles), ...rows, "");
  for (const store of stores) lines.push(...about(store, labelOf(store, receipt), colors));
  return `${lines.join("\n").trimEnd()}\n`;
}

function headline(receipt: Receipt, colors: Colors, input: string, skipped: number): string {
  const took = duration(Date.parse(receipt.ended) - Date.parse(receipt.started));
  const isEmpty = receipt.received === 0;
  const came = isEmpty ? "no record came in" : `${count(receipt.received, "record")} in ${took}`;
  const verdict = verdictOf(receipt, colors, input);
  const but = skipped > 0 ? `, ${colors.red(`${count(skipped, "line")} of the input skipped`)}` : "";
  return `Run ${plain(receipt.run)}: ${came}${receipt.ok && isEmpty ? "" : `, ${verdict}`}${but}.`;
}

/** An incomplete run must not look complete (L-07). */
function verdictOf(receipt: Receipt, { green, red }: Colors, input: string): string {
  if (receipt.complete) return receipt.ok ? green("all delivered") : red("NOT all delivered");
  const cut = red(`INCOMPLETE: ${input} was not read to its end`);
  if (receipt.received === 0) return cut;
  return `${cut}; what was read is ${isDelivered(receipt) ? "delivered" : red("NOT all delivered")}`;
}

function isDelivered({ rejected, stores }: Receipt): boolean {
  return (
    rejected === 0 && stores.every((store) => !store.problem && store.accepted === store.written + store.duplicate)
  );
}

/** Inputs that did not reach a store. */
function door({ filtered, rejected, rejections }: Receipt): string[] {
  const lines: string[] = [];
  if (filtered > 0) lines.push(`${count(filtered, "record")} dropped on purpose by a filter.`);
  if (rejected > 0) {
    lines.push(`${count(rejected, "input")} refused, no record:`, ...rejections.map((why) => `  ${plain(why)}`));
    if (rejected > rejections.length) lines.push(`  … ${grouped(rejected - rejections.length)} more`);
  }
  return lines;
}

/** `archive`, or `nightly/archive` if the run has several audits. */
function labelOf(store: StoreReceipt, receipt: Receipt): string {
  const several = receipt.stores.some((other) => other.audit !== store.audit);
  return several ? `${store.audit}/${store.store}` : store.store;
}

function about(store: StoreReceipt, label: string, { red }: Colors): string[] {
  const lines: string[] = [];
  const say = (text: string, colour: (text: string) => string = String): void => {
    lines.push(`${plain(label)}: ${colour(plain(text))}`);
  };
  const nothingArrived = store.accepted > 0 && store.written + store.duplicate === 0;
  if (store.location !== undefined && !nothingArrived) say(`the records are in ${store.location}`);
  for (const note of store.notes) say(note);
  for (const { message } of store.remarks) say(message);
  if (store.problem) say(`${store.problem.code}: ${store.problem.message}`, red);
  if (store.deadLettered > 0) {
    say(`${count(store.deadLettered, "dead letter")}${store.deadLetterFile ? ` in ${store.deadLetterFile}` : ""}`, red);
  }
  for (const { code, count: times, reason } of store.reasons) {
    lines.push(plain(`  ${grouped(times)} × ${code}: ${reason}`));
  }
  if (store.lost > 0) say(`${count(store.lost, "record")} lost: not even a dead letter could be written`, red);
  const missing = store.accepted - store.written - store.duplicate - store.deadLettered - store.spooled - store.lost;
  if (missing !== 0) say(`does not add up: ${grouped(missing)} of the accepted are unaccounted for`, red);
  return lines;
}
