import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import {
  createHost,
  type DeliveryConfig,
  type Host,
  type KeptLetter,
  openState,
  type StoreCheck,
} from "@cloudmarker/core";
import type { ExplainedRequest, ParamsSchema, Receipt, StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { type FaultyProxy, faultyProxy } from "./faulty-proxy.ts";
import { markAt, markOf, withMark } from "./marks.ts";
import type { At, StoredRow, StoreUnderTest, TestServer, Visible } from "./options.ts";
import { keptLines } from "./records.ts";
import { traces } from "./traces.ts";
import { catchingUncaught } from "./uncaught.ts";
import { listening, type Look, type SeenRecord, Sight, watch, type Watched, type WatchOptions } from "./watch.ts";
import { watchInThread } from "./watch-thread.ts";
import { describe } from "./words.ts";

/** What one run of the host showed. */
export interface Facts {
  readonly at: At;
  /** The receipt of the store; undefined if the host refused to start. */
  readonly receipt: StoreReceipt | undefined;
  /** Why the host refused to start. */
  readonly refused: string | undefined;
  readonly watched: Watched;
  /** Marks of the records that were written, in order. */
  readonly sent: readonly string[];
  /** What was read back at the end. */
  readonly rows: readonly StoredRow[];
  readonly letters: readonly KeptLetter[];
  /** Everything that the host said and kept: log lines, failures, receipt, dead letters. */
  readonly output: readonly string[];
  /** What the store left behind. */
  readonly handles: readonly string[];
  readonly changes: readonly string[];
  /** Records for which an attempt acknowledged them, and which are not there at the end. */
  readonly lost: readonly SeenRecord[];
}

/** What one run of the host is to do. */
export interface Order {
  readonly at?: At;
  /** Run id. */
  readonly run?: string;
  /** Laid over the params. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly delivery?: DeliveryConfig;
  /** The store is opened, checked and closed. */
  readonly isCheck?: boolean;
  /** Nothing can be delivered: the end of the run does not wait for it. */
  readonly isHopeless?: boolean;
  /** Whether attempts have the time limit of the store, as something does not answer. Else they have a long one. */
  readonly isShort?: boolean;
  /** Whether what went wrong in the script still does so at the end of the run. */
  readonly staysBroken?: boolean;
  /** Whether to look for records when they are acknowledged. */
  readonly looks?: boolean;
  readonly beforeWrite?: () => void | Promise<void>;
  readonly script?: (hand: Hand) => Promise<void>;
}

/** A store, and what is to be done with it. */
export interface Subject extends StoreUnderTest {
  /** `check`: it writes nothing. */
  readonly mode: "write" | "check";
}

/** What a script can do in a run. */
export interface Hand {
  readonly host: Host;
  readonly watched: Watched;
  readonly proxy: FaultyProxy | undefined;
  /** Writes so many records, or records with these as `raw`, each with a mark. @returns the marks */
  write(records: number | readonly unknown[]): Promise<readonly string[]>;
}

/** Least time limit of an attempt in a thread, in milliseconds. */
const THREAD_MS = 2000;

const ORIGIN = { key: "testkit" };

/** What a store does by itself after the end of a run is waited for so long. */
const LATER_MS = 400;

/** What is only slow, as the machine is busy, has this much time. Nothing waits for it to be over in a good run. */
const PATIENCE_MS = 10_000;

/** If no record is settled for so long, none is going to be. */
const STALLED_MS = 6000;

/** What `done` may take where nothing can be delivered: the host keeps the records meanwhile. */
const HOPELESS_MS = 500;

/** `read` of the test failed: nothing is wrong with the store. */
export class ReadError extends Error {
  constructor(cause: unknown) {
    super(`\`read\` of the test failed: ${String(cause)}`, { cause });
  }
}

/** Runs the store in the real host, in places of its own. */
export class Lab implements AsyncDisposable {
  readonly subject: Subject;
  readonly visible: Visible | undefined;
  readonly timeoutMs: number;
  /** What the store printed in all runs. */
  readonly printed: string[] = [];
  /** What was thrown outside of a call in all runs. */
  readonly uncaught: string[] = [];
  readonly #base: Lab | undefined;
  #thread: Lab | undefined;
  readonly #memo = new Map<string, Promise<unknown>>();
  readonly #folder = mkdtempSync(join(tmpdir(), "store-testkit-"));
  readonly #name = `t${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  readonly #take = (error: unknown): void => void this.uncaught.push(describe(error).split("\n", 3).join("\n"));
  #places = 0;
  #quietMs = 3000;
  #server: Promise<{ readonly server: TestServer; readonly proxy: FaultyProxy }> | undefined;

  /** @param base the lab whose server is used; then the store runs in a thread of its own */
  constructor(subject: Subject, base?: Lab) {
    this.#base = base;
    this.subject = subject;
    this.visible = subject.visible;
    // A thread takes its time to start.
    this.timeoutMs = Math.max(subject.timeoutMs ?? 1000, base ? THREAD_MS : 0);
  }

  get plugin(): StorePlugin {
    return this.subject.plugin;
  }

  /** How long something is waited for that comes by itself: much longer than it takes. */
  get patienceMs(): number {
    return Math.max(PATIENCE_MS, this.timeoutMs * 4);
  }

  /** The same in threads. The store has a `module`. */
  get inThreads(): Lab {
    return (this.#thread ??= new Lab(this.subject, this));
  }

  /** Does something once, however often it is asked for. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.#memo.get(name);
    if (known) return known as Promise<T>;
    const doing = work();
    this.#memo.set(name, doing);
    return doing;
  }

  /** The proxy in front of the server. */
  async proxy(): Promise<FaultyProxy | undefined> {
    if (this.#base) return this.#base.proxy();
    const { server } = this.subject;
    if (!server) return undefined;
    this.#server ??= Promise.resolve(server()).then(async (started) => {
      return { server: started, proxy: await faultyProxy({ port: () => started.port }) };
    });
    return (await this.#server).proxy;
  }

  /** The server, where there is one. */
  async server(): Promise<TestServer | undefined> {
    if (this.#base) return this.#base.server();
    await this.proxy();
    return (await this.#server)?.server;
  }

  /** A place where nothing is. */
  async place(): Promise<At> {
    const proxy = await this.proxy();
    const number = ++this.#places;
    const folder = mkdtempSync(join(this.#folder, "place-"));
    return placeAt(proxy?.port ?? 0, `${this.#name}n${number}`, folder);
  }

  /** Everything that is stored there. */
  async read(at: At): Promise<readonly StoredRow[]> {
    const port = (await this.server())?.port ?? 0;
    try {
      return (await this.subject.read?.(placeAt(port, at.namespace, at.folder))) ?? [];
    } catch (cause) {
      throw new ReadError(cause);
    }
  }

  /** Options of a host for the store at a place. */
  hostOptions(at: At, plugin: StorePlugin | string, order: Pick<Order, "params" | "delivery" | "isShort">) {
    const delivery: DeliveryConfig = {
      retry: { min: "10ms", max: "100ms" },
      timeout: `${order.isShort ? this.timeoutMs : this.patienceMs}ms`,
      // As for most stores; without it, what waits would be given up at the deadline.
      spool: true,
      ...(this.#base && { isolation: "thread" as const }),
      ...order.delivery,
      batch: { age: "20ms", ...order.delivery?.batch },
    };
    const params = { ...this.subject.params(at), ...order.params };
    return { stores: { subject: { plugin, params, delivery } }, stateDir: join(this.#folder, at.namespace) };
  }

  /** What `check` says of the store at a place. */
  async check(at: At, params?: Readonly<Record<string, unknown>>): Promise<StoreCheck | undefined> {
    await (await this.proxy())?.set("pass");
    const host = createHost(this.hostOptions(at, this.plugin, params ? { params } : {}));
    return catchingUncaught(this.#take, async () => (await host.check())[0]);
  }

  /** The requests that the store would send for these records. */
  async explain(at: At, run: string, records: readonly unknown[]): Promise<readonly ExplainedRequest[]> {
    const found: ExplainedRequest[] = [];
    const host = createHost({
      ...this.hostOptions(at, this.plugin, {}),
      run,
      origin: ORIGIN,
      explain: ({ requests = [] }) => void found.push(...requests),
    });
    await host.write(records);
    await host.done();
    return found;
  }

  /** One run of the host. */
  run(order: Order): Promise<Facts> {
    const isHidden = this.subject.mode === "check";
    return listening(() => catchingUncaught(this.#take, () => this.#run(order)), isHidden);
  }

  async #run(order: Order): Promise<Facts> {
    const at = order.at ?? (await this.place());
    const proxy = await this.proxy();
    await proxy?.set("pass");
    const trace = traces();
    const accepted = proxy?.accepted ?? 0;
    const open = (): number => proxy?.openAfter(accepted) ?? 0;
    // What the test does wrong is no fault of the store, in whose call it is read.
    let unread: unknown;
    const look: Look = async (records) =>
      this.read(at).then(
        (rows) => absent(records, rows),
        (error: unknown) => {
          unread ??= error;
          return [];
        },
      );
    const lookAt = order.looks && this.visible !== "done" ? (this.visible ?? "first") : undefined;
    const watched = new Sight();
    const watching: WatchOptions = { lookAt, look, beforeWrite: order.beforeWrite, note: watched.note };
    const thread = this.#base && watchInThread(this.subject.module ?? "", this.#folder, watching);
    const logger = keptLines();
    const output: string[] = [];
    const options = this.hostOptions(at, thread?.module ?? watch(this.plugin, watching), order);
    const { run } = order;
    const host = createHost({ ...options, logger, ...(run !== undefined && { run }), origin: ORIGIN });
    host.hooks.failed.tap("testkit", (failure) => void output.push(`${failure.code} ${failure.message}`));
    let given = 0;
    host.hooks.deadLetter.tap("testkit", (more) => void (given += more.length));
    const sent: string[] = [];
    let receipt: Receipt | undefined;
    let refused: string | undefined;
    try {
      if (order.isCheck) await host.check();
      else await host.open();
      await order.script?.({ host, watched, proxy, write: (records) => this.#write(host, at, records, sent) });
    } catch (error) {
      refused = String(error);
    } finally {
      if (!order.staysBroken) await proxy?.set("pass");
    }
    const isWell = !order.isHopeless && (await this.#settled(sent.length, () => watched.acknowledged + given));
    if (!order.isCheck)
      receipt = await host.done({ deadlineMs: isWell ? this.patienceMs : HOPELESS_MS }).catch(() => undefined);
    if (order.staysBroken) {
      await proxy?.set("pass");
      await new Promise((resolve) => void setTimeout(resolve, LATER_MS));
    }
    thread?.end();
    const letters = receipt ? await lettersIn(options.stateDir) : [];
    const rows = receipt && unread === undefined ? await this.read(at) : [];
    const isQuiet = (): boolean => trace.handles().length === 0 && open() === 0;
    // What is closed takes a moment to be gone. A store that leaves something open does so every time.
    if (!(await until(isQuiet, this.#quietMs))) this.#quietMs = 50;
    // The host ends the thread, whatever is left in it (SC-52).
    const handles = thread ? [] : [...trace.handles(), ...Array.from({ length: open() }, () => "connection")];
    const changes = trace.changes();
    trace.stop();
    if (unread !== undefined) throw unread;
    output.push(...logger.lines, JSON.stringify(receipt ?? ""), ...letters.map((letter) => JSON.stringify(letter)));
    const acknowledged = acknowledgedIn(watched);
    this.printed.push(...watched.printed);
    return {
      at,
      receipt: receipt?.stores[0],
      refused,
      watched,
      sent,
      rows,
      letters,
      output,
      handles,
      changes,
      lost: this.subject.read ? absent(acknowledged, rows) : [],
    };
  }

  /** Waits until so many records are settled, or until for a while none more is. */
  async #settled(count: number, settled: () => number): Promise<boolean> {
    for (let known = settled(); known < count; known = settled())
      if (!(await until(() => settled() > known, Math.max(STALLED_MS, this.timeoutMs * 4)))) return false;
    return true;
  }

  async #write(host: Host, at: At, records: number | readonly unknown[], sent: string[]): Promise<readonly string[]> {
    const list =
      typeof records === "number" ? Array.from({ length: records }, () => ({ finding: "open port" })) : records;
    const marks = list.map((_, index) => markAt(at.namespace, sent.length + index));
    sent.push(...marks);
    await host.write(list.map((raw, index) => withMark(raw, marks[index] ?? "")));
    return marks;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]();
    const started = await this.#server;
    await started?.proxy[Symbol.asyncDispose]();
    await started?.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function placeAt(port: number, namespace: string, folder: string): At {
  return { host: "127.0.0.1", port, url: `http://127.0.0.1:${port}`, namespace, folder };
}

/** Those of the records that are not among the rows. */
function absent(records: readonly SeenRecord[], rows: readonly StoredRow[]): readonly SeenRecord[] {
  const ids = new Set(rows.flatMap(({ id }) => (id === undefined ? [] : [id])));
  const marks = new Set(rows.map(({ json }) => markOf(json)));
  return records.filter((record) => !ids.has(record.id) && !marks.has(markOf(record.json)));
}

/** What the host took to be written: answers that came in time. */
function acknowledgedIn({ attempts }: Watched): readonly SeenRecord[] {
  return attempts.flatMap(({ batch, said, late }) =>
    late ? [] : batch.filter((_, index) => said[index] === "written" || said[index] === "duplicate"),
  );
}

async function lettersIn(folder: string): Promise<KeptLetter[]> {
  const state = await openState(folder);
  try {
    const letters: KeptLetter[] = [];
    for await (const letter of state.deadLetters.list()) letters.push(letter);
    return letters;
  } finally {
    await state.close();
  }
}

/** Waits until something is so, or for this long. */
export async function until(isSo: () => boolean, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  while (!isSo() && Date.now() < end) await new Promise((resolve) => void setTimeout(resolve, 5));
  return isSo();
}

/** The plugin as the host's options take it, whatever its params. */
export function plain<S extends ParamsSchema>(subject: StoreUnderTest<S>): StoreUnderTest {
  return subject as unknown as StoreUnderTest;
}
