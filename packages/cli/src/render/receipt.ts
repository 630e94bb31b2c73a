import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { shellWord } from "@cloudmarker/core";
import { type Blamed, seeText } from "../blame.ts";
import { table } from "./table.ts";
import { codeAndReason, count, duration, grouped, plain, type Colors } from "./text.ts";

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

/** Columns that are shown if a store did not get what others got. */
const BY_TAPS = [
  ["filtered", "filtered"],
  ["rejected", "rejected"],
] as const;

/** What the headline says beside the receipt. */
export interface Headline {
  /**
   * How long this process took, in milliseconds: the times of the receipt are those of the whole run, and of a clock
   * that can be set.
   */
  readonly tookMs?: number;
  /** Named if it was not read to its end. @default the input */
  readonly input?: "the input" | "an input";
  /** What is read again. @default the input */
  readonly from?: string;
  /** Lines of the input that are not records and were skipped. @default 0 */
  readonly skipped?: number;
  /** The command that delivers what is kept. */
  readonly next?: string | undefined;
  /** The option that names the state folder, with a blank before it. @default empty, for the default folder */
  readonly stateDir?: string;
  /** Nothing is lost: what is not delivered is kept. */
  readonly kept?: boolean;
  /** The input can be read on. */
  readonly goesOn?: boolean;
  /** It could not be read on now. */
  readonly areAway?: boolean;
  /** What is probably to blame for the problem of a store. */
  readonly blamed?: (store: StoreReceipt) => Blamed | undefined;
  /** The receipt is that of dead letters that were sent again. */
  readonly replay?: {
    /** They had arrived before. */
    readonly hadArrived: boolean;
    /** Keys of their own stores, if they were sent to another one: there they stay. */
    readonly own?: readonly string[];
  };
}

/**
 * The receipt of a run for a person: one row per store, then where the records are and what went wrong. Ends in a line
 * break.
 */
export function renderReceipt(receipt: Receipt, colors: Colors, about: Headline = {}): string {
  const { stores } = receipt;
  const columns = [
    ...ALWAYS,
    ...BY_TAPS.filter(([, key]) => stores.some((store) => store[key] > receipt[key])),
    ...SOMETIMES.filter(([, key]) => stores.some((store) => store[key] > 0)),
  ];
  const rows = table(
    ["store", ...columns.map(([title]) => title)],
    stores.map((store) => [labelOf(store, receipt), ...columns.map(([, key]) => store[key])]),
    colors,
  );
  const lines = [headline(receipt, colors, about), ...door(receipt)];
  if (stores.length > 0) lines.push("", ...rows, "");
  for (const store of stores) lines.push(...aboutStore(store, receipt, colors, about));
  return `${lines.join("\n").trimEnd()}\n`;
}

function headline(receipt: Receipt, colors: Colors, about: Headline): string {
  const took = about.tookMs === undefined ? "" : ` in ${duration(about.tookMs)}`;
  const isEmpty = receipt.received === 0;
  const isUnknown = receipt.stores.some(({ uncounted }) => uncounted);
  const nothing = isUnknown ? "it is not known how many records came in" : "no record came in";
  const came = isEmpty ? nothing : `${count(receipt.received, "record")}${took}`;
  const verdict = verdictOf(receipt, colors, about);
  if (about.replay) {
    const letters = receipt.stores.reduce((sum, { accepted }) => sum + accepted, 0);
    return `Replay ${plain(receipt.run)}: ${count(letters, "dead letter")} sent again${took}, ${verdict}.`;
  }
  const { skipped = 0, next } = about;
  const but = skipped > 0 ? `, ${colors.red(`${count(skipped, "line")} of the input skipped`)}` : "";
  const rest = next === undefined ? "" : ` Next: ${plain(next)}`;
  return `Run ${plain(receipt.run)}: ${came}${receipt.ok && isEmpty ? "" : `, ${verdict}`}${but}.${rest}`;
}

/** An incomplete run must not look complete (L-07). */
function verdictOf(
  receipt: Receipt,
  colors: Colors,
  { input = "the input", kept = false, goesOn, areAway, replay }: Headline,
): string {
  const { green, red, yellow } = colors;
  const { complete, received, ok } = receipt;
  const spooled = receipt.stores.reduce((sum, store) => sum + store.spooled, 0);
  const state = isDelivered(receipt)
    ? "delivered"
    : kept
      ? yellow(replay?.hadArrived ? "not all of them" : "not all delivered yet: the rest is kept")
      : red(`NOT all delivered${spooled > 0 ? "; a part is kept" : ""}`);
  if (complete) return ok ? green("all delivered") : state;
  const then = areAway ? "is read on when it is there again" : "can be read on";
  const cut = goesOn
    ? yellow(`INTERRUPTED: ${input} was not read to its end, and ${then}`)
    : red(`INCOMPLETE: ${input} was not read to its end`);
  return received === 0 ? cut : `${cut}; what was read is ${state}`;
}

function isDelivered({ rejected, stores }: Receipt): boolean {
  return (
    rejected === 0 &&
    stores.every(
      (store) => !store.problem && !(store.rejected > 0) && store.accepted === store.written + store.duplicate,
    )
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

function aboutStore(store: StoreReceipt, receipt: Receipt, { red }: Colors, about: Headline): string[] {
  const label = labelOf(store, receipt);
  const lines: string[] = [];
  const say = (text: string, colour: (text: string) => string = String): void => {
    lines.push(`${plain(label)}: ${colour(plain(text))}`);
  };
  const hasArrived = store.written + store.duplicate > 0;
  if (store.location !== undefined && hasArrived) say(`the records are in ${store.location}`);
  if (store.accepted === 0 && !store.problem && !store.uncounted) say("there were no records for it");
  if (store.uncounted) say("what it got before the run was interrupted is not known, and is in no figure");
  for (const note of store.notes) say(note);
  for (const { message } of store.remarks) say(message);
  if (store.problem) say(`${store.problem.code}: ${store.problem.message}`, red);
  const blamed = about.blamed?.(store);
  if (blamed) say(seeText(blamed));
  if (store.spooled > 0) say(keptOf(store, about));
  if (store.deadLettered > 0) {
    const again = about.replay ? " refused again" : "";
    say(`${count(store.deadLettered, "dead letter")}${again}: ${lettersCommand(receipt, store, about)}`, red);
  }
  if (store.lost > 0) say(`${count(store.lost, "record")} lost: neither delivered nor a dead letter`, red);
  for (const { code, count: times, reason } of store.reasons) {
    lines.push(plain(`  ${grouped(times)} × ${codeAndReason(code, reason)}`));
  }
  const missing = store.accepted - store.written - store.duplicate - store.deadLettered - store.spooled - store.lost;
  if (missing !== 0) say(`does not add up: ${grouped(missing)} of the accepted are unaccounted for`, red);
  return lines;
}

/** Where the records are that are to be delivered later. */
function keptOf({ spooled, readAgain = 0 }: StoreReceipt, { from = "the input", replay }: Headline): string {
  if (replay) {
    const letters = count(spooled, "dead letter");
    return replay.hadArrived ? `${letters} not sent now; they had arrived before` : `${letters} still kept`;
  }
  const [onDisk, again] = [spooled - readAgain, `${count(readAgain, "record")} not on disk`];
  const kept = `${count(onDisk, "record")} kept on disk, to be delivered later`;
  if (readAgain === 0) return kept;
  const comes = `${again}: ${readAgain === 1 ? "it is" : "they are"} read again from ${from}`;
  return onDisk === 0 ? comes : `${kept}; ${comes}`;
}

/** The command that lists the dead letters of a store. */
function lettersCommand(
  { run, stores }: Receipt,
  { audit, store }: StoreReceipt,
  { replay, stateDir = "" }: Headline,
): string {
  const isTwice = stores.some((other) => other.store === store && other.audit !== audit);
  const [own = store, ...more] = replay?.own ?? [];
  const words = [
    // A replay has an id of its own.
    ...(replay ? [] : ["--run", run]),
    ...(more.length > 0 ? [] : ["--store", own]),
    ...(isTwice ? ["--audit", audit] : []),
  ];
  return `cloudmarker dead-letters list ${words.map((word) => (word.startsWith("--") ? word : shellWord(word))).join(" ")}${stateDir}`;
}
