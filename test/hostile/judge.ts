import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import type { Call } from "./acts.ts";
import { endOf, isInProcess, type Run } from "./cases.ts";
import { CANARY, COUNT, type Ended } from "./run-case.ts";

/** Everything that is wrong with what came of a hostile store; nothing, if the host is as it should be. */
export function faultsOf(one: Run, ended: Ended): readonly string[] {
  const faults: string[] = [];
  const demand = (isRight: boolean, what: string): void => {
    if (!isRight) faults.push(what);
  };
  const document = documentOf(ended.stdout);
  demand(ended.signal === null, "it hung");
  demand(ended.isReached, "the store did not come to do it");
  demand(document !== "broken", `standard output is not a JSON document: ${ended.stdout.slice(0, 200)}`);
  for (const piece of leaksIn(one, ended)) faults.push(`the secret leaked: ${piece}`);
  if (document === "broken") return faults;
  const end = endOf(one);
  if (end === "refused") judgeRefused(one, ended, document, demand);
  else if (document === undefined || "error" in document) {
    demand(end === "gone", `there is no result: ${ended.stderr.slice(0, 500)}`);
    if (one.way === "command") demand(ended.code === 70, `without a result it ended with ${ended.code}`);
  } else if (one.call === "check") judgeCheck(one, ended, document["stores"] as readonly Checked[], demand);
  else if (one.call === "explain") judgeExplained(one, ended, document["batches"] as readonly Explained[], demand);
  else judgeReceipt(one, ended, document as unknown as Receipt, demand);
  return faults;
}

/** Calls that happen while other stores are at work. */
const IN_A_RUN: ReadonlySet<Call> = new Set(["open", "write", "flush", "done", "close"]);

type Demand = (isRight: boolean, what: string) => void;
type Document = Readonly<Record<string, unknown>>;
interface Checked {
  readonly store: string;
  readonly ok: boolean;
}
interface Explained {
  readonly store: string;
  readonly problem?: string;
}

/** A plugin that answers wrongly before anything is opened is named, and nothing is sent anywhere. */
function judgeRefused(one: Run, ended: Ended, document: Document | undefined, demand: Demand): void {
  const error = JSON.stringify(document?.["error"] ?? "");
  demand(error.includes("hostile"), `the plugin is not named: ${ended.stdout}`);
  demand(error.includes("PLUGIN_") || error.includes("CONFIG_INVALID"), `no code of a plugin: ${error}`);
  demand(ended.good + ended.took === 0, "something was sent");
  if (one.way === "command") demand(ended.code === 78, `refused with ${ended.code}`);
}

function judgeReceipt(one: Run, ended: Ended, receipt: Receipt, demand: Demand): void {
  const { act, how, way } = one;
  const [hostile, good] = receipt.stores;
  if (!hostile || !good) return demand(false, "a store is missing in the receipt");
  for (const store of [hostile, good])
    demand(addsUp(store), `${store.store} does not add up: ${JSON.stringify(store)}`);
  const claimed = hostile.written + hostile.duplicate;
  demand(claimed <= ended.took, `it claims ${claimed} where the hostile store took ${ended.took}`);
  demand(good.written === ended.good, `it claims ${good.written} where the good store has ${ended.good}`);
  demand(receipt.ok === (isClean(hostile) && isClean(good) && receipt.complete), "ok is not what the stores say");
  const isHolding = act.name === "holds the loop" && isInProcess(one) && IN_A_RUN.has(one.call);
  const blamed = [hostile, good].filter(({ notes }) => notes.join().includes("blocked the event loop"));
  demand(
    blamed.map(({ store }) => store).join() === (isHolding ? "hostile" : ""),
    `held the loop: ${JSON.stringify(blamed)}`,
  );
  const isCrashed = isInProcess(one) && (act.kind === "late" || act.kind === "exit");
  if (!isCrashed) demand(ended.good === COUNT, `the good store has ${ended.good} of ${COUNT}: ${JSON.stringify(good)}`);
  if (act.kind === "work" || (how === "once" && !act.name.includes("reject")))
    demand(claimed === COUNT, `${claimed} of ${COUNT} although the store works`);
  if (way === "command") demand(ended.code === (isCrashed ? 70 : exitOf(receipt)), `it ended with ${ended.code}`);
}

/** 75 where nothing is lost, and the rest is kept. */
function exitOf({ ok, complete, stores }: Receipt): number {
  if (ok) return 0;
  return complete && stores.every(isKept) ? 75 : 1;
}

function isKept({ accepted, written, duplicate, spooled, problem }: StoreReceipt): boolean {
  return accepted === written + duplicate + spooled && (spooled > 0 || problem === undefined);
}

function judgeCheck({ act, way }: Run, { code }: Ended, stores: readonly Checked[], demand: Demand): void {
  const isFine = act.kind === "work";
  const oks = stores.map(({ store, ok }) => `${store} ${ok}`);
  demand(oks.join() === `hostile ${isFine},good true`, `it found: ${oks.join()}`);
  if (way === "command") demand(code === (isFine ? 0 : 1), `it ended with ${code}`);
}

function judgeExplained(
  { act, way }: Run,
  { code, good, took }: Ended,
  batches: readonly Explained[],
  demand: Demand,
): void {
  const isFine = act.kind === "work";
  const own = batches.filter(({ store }) => store === "hostile");
  demand(own.length > 0, "the hostile store is not explained at all");
  demand(
    own.every(({ problem }) => (problem === undefined) === isFine),
    `it says: ${JSON.stringify(own)}`,
  );
  demand(
    batches.some(({ store }) => store === "good"),
    "the good store is not explained",
  );
  demand(good + took === 0, "something was sent");
  if (way === "command") demand(code === (isFine ? 0 : 1), `it ended with ${code}`);
}

function addsUp({ accepted, written, duplicate, deadLettered, spooled, lost }: StoreReceipt): boolean {
  return accepted === written + duplicate + deadLettered + spooled + lost && accepted <= COUNT && lost === 0;
}

function isClean({ accepted, written, duplicate, problem }: StoreReceipt): boolean {
  return accepted === written + duplicate && problem === undefined;
}

/** What Node prints of an exception that ends a program of somebody else is beyond the host. */
function leaksIn(one: Run, { stdout, stderr, kept }: Ended): string[] {
  const isNodes = one.way === "embedded" && endOf(one) === "gone";
  const readable = [stdout, kept, ...(isNodes ? [] : [stderr])].join("\n");
  const at = readable.indexOf(CANARY.slice(0, 6));
  return at < 0 ? [] : [readable.slice(Math.max(0, at - 100), at + 100)];
}

/** The JSON document on standard output; undefined where there is nothing. */
function documentOf(stdout: string): Document | "broken" | undefined {
  if (stdout === "") return undefined;
  try {
    return JSON.parse(stdout) as Document;
  } catch {
    return "broken";
  }
}
