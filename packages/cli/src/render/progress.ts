import type { HostStats, StoreStats } from "@cloudmarker/core";
import type { Clock, HostHooks, StoreHandle } from "@cloudmarker/store-api";
import type { Output } from "../world.ts";
import type { Reporter } from "./reporter.ts";
import { endOf, startOf, widthOf } from "./fit.ts";
import { table } from "./table.ts";
import { codeAndReason, count, duration, grouped, NO_COLORS, plain } from "./text.ts";

/** Milliseconds between two updates on a terminal, and between two lines elsewhere. */
const TERMINAL_MS = 200;
const LINES_MS = 10_000;

/** A run that ends earlier shows nothing, and never loads the library of the display. */
const DELAY_MS = 400;

/** The name of an input or a store is shortened to this at most, in columns, where a line is too long. */
const SHORTEST_NAME = 12;

/** Most kinds of trouble that are reported at once; the receipt has the sums. */
const MAX_TOLD = 50;

/** The parts that the progress display uses. */
export interface ProgressOptions {
  readonly stderr: Output;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /** Standard error is a terminal on which a line can be drawn again. */
  readonly isLive: boolean;
}

interface StoreProgress {
  readonly audit: string;
  readonly key: string;
  readonly label: string;
  written: number;
  retries: number;
  blocked: string;
  /** How much is published, such as `34 %`. */
  published: string;
  before: number;
  /** How many of its records were settled when the estimates began. */
  settled: number;
}

/**
 * Shows how far the run is. On a terminal it is a live display with records per second, per store, and retries;
 * elsewhere a plain line now and then. Follows the host's hooks, and reports at once, one line per kind, why a store is
 * retried or blocked.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #stores: StoreProgress[] = [];
  readonly #told = new Set<string>();
  #source = "";
  #read = 0;
  #readBefore = 0;
  #since: number;
  #timer: unknown;
  #draw: ((text: string) => void) | undefined;
  #ended = false;
  #stats: (() => HostStats) | undefined;
  #estimatedSince = 0;

  constructor(options: ProgressOptions, hooks: HostHooks) {
    this.#options = options;
    this.#since = options.clock.now();
    hooks.store.tap("progress", (store) => this.#watch(store));
    this.#tick(options.isLive ? DELAY_MS : LINES_MS);
  }

  /** Records now come from this input. */
  reading(source: string): void {
    this.#source = source;
  }

  /** Counts records that came in. */
  add(records: number): void {
    this.#read += records;
  }

  /**
   * From now on says of each store how many records it has yet to get, and about how long that takes at the rate that
   * it has had since this call.
   */
  estimate(stats: () => HostStats): void {
    this.#stats = stats;
    this.#estimatedSince = this.#options.clock.now();
    for (const store of this.#stores) store.settled = settledOf(statsOf(store, stats()));
  }

  /** Removes the display and ends all timers. */
  end(): void {
    this.#ended = true;
    this.#options.clock.clearTimeout(this.#timer);
    const { reporter } = this.#options;
    reporter.clearLive?.();
    reporter.clearLive = undefined;
  }

  #watch({ audit, key, hooks }: StoreHandle): void {
    const store = this.#progressOf(audit, key);
    hooks.written.tap("progress", ({ records }) => {
      store.written += records;
      store.blocked = "";
      store.published = "";
    });
    hooks.retry.tap("progress", ({ code, reason }) => {
      store.retries += 1;
      this.#tell(`${store.label} ${code}`, `${store.label}: trying again after ${codeAndReason(code, reason)}`);
    });
    hooks.blocked.tap("progress", ({ code, reason, recheckMs }) => {
      store.blocked = code;
      const what = `${store.label} is blocked, its records wait: ${codeAndReason(code, reason)}`;
      this.#tell(`${store.label} blocked ${code}`, `${what} (tried again every ${duration(recheckMs)})`);
    });
    hooks.publishing.tap("progress", ({ done, total }) => {
      store.published = `${Math.floor((done * 100) / total)} %`;
    });
  }

  /** Of a replay, the store is opened for each run whose dead letters it gets. */
  #progressOf(audit: string, key: string): StoreProgress {
    const known = this.#stores.find((other) => other.audit === audit && other.key === key);
    if (known) return known;
    const label = this.#stores.some((other) => other.key === key) ? `${audit}/${key}` : key;
    const counts = { written: 0, retries: 0, before: 0, settled: 0 };
    const store: StoreProgress = { audit, key, label, ...counts, blocked: "", published: "" };
    this.#stores.push(store);
    return store;
  }

  #tell(kind: string, line: string): void {
    if (this.#told.has(kind) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(kind);
    this.#options.reporter.note(line);
  }

  #tick(ms: number): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      if (this.#options.isLive) void this.#show();
      else this.#options.reporter.note(this.#line());
      this.#mark();
      this.#tick(this.#options.isLive ? TERMINAL_MS : LINES_MS);
    }, ms);
  }

  async #show(): Promise<void> {
    if (!this.#draw) {
      const { createLogUpdate } = await import("log-update");
      if (this.#ended) return;
      const live = createLogUpdate(this.#options.stderr);
      this.#draw = live;
      this.#options.reporter.clearLive = () => {
        live.clear();
        // Shows the cursor again.
        live.done();
      };
      return;
    }
    this.#draw(this.#picture());
  }

  #picture(): string {
    const stats = this.#stats?.();
    const read = [
      `reading ${this.#source}`,
      count(this.#read, "record"),
      this.#rate(this.#read - this.#readBefore),
      "",
    ];
    const rows = [
      ...(this.#source === "" ? [] : [read]),
      ...this.#stores.map((store) => [
        store.label,
        `${grouped(store.written)} written`,
        this.#rate(store.written - store.before),
        [this.#left(store, stats), troubles(store)].filter(Boolean).join(", "),
      ]),
    ];
    // A line each, and no character in the last column, behind which some terminals break it at once.
    const columns = (this.#options.stderr.columns ?? 80) - 1;
    const over = Math.max(0, ...table([], rows, NO_COLORS).map(widthOf)) - columns;
    const name = Math.max(SHORTEST_NAME, Math.max(0, ...rows.map(([label = ""]) => widthOf(plain(label)))) - over);
    const shown = over > 0 ? rows.map(([label = "", ...more]) => [endOf(plain(label), name), ...more]) : rows;
    const lines = table([], shown, NO_COLORS);
    return lines.map((line) => startOf(line, columns)).join("\n");
  }

  #line(): string {
    const stats = this.#stats?.();
    const stores = this.#stores.map((store) => {
      const trouble = troubles(store);
      const left = this.#left(store, stats);
      return `${store.label} ${grouped(store.written)} written${left && `, ${left}`}${trouble && ` (${trouble})`}`;
    });
    const rate = this.#rate(this.#read - this.#readBefore);
    const read = `${plain(this.#source)}: ${count(this.#read, "record")} read, ${rate}`;
    return [...(this.#source === "" ? [] : [read]), ...stores].join("; ");
  }

  /** `1,204 left, about 3 min`; empty if nothing is left, or nobody asked for it. */
  #left(store: StoreProgress, stats: HostStats | undefined): string {
    const now = stats && statsOf(store, stats);
    const left = now ? now.queued + now.spooled : 0;
    if (left === 0) return "";
    const done = settledOf(now) - store.settled;
    const ms = (left * (this.#options.clock.now() - this.#estimatedSince)) / done;
    return `${grouped(left)} left${done > 0 ? `, about ${duration(ms)}` : ""}`;
  }

  #rate(records: number): string {
    const ms = Math.max(1, this.#options.clock.now() - this.#since);
    return `${grouped(Math.round((records * 1000) / ms))}/s`;
  }

  /** Rates are measured since the last update. */
  #mark(): void {
    this.#since = this.#options.clock.now();
    this.#readBefore = this.#read;
    for (const store of this.#stores) store.before = store.written;
  }
}

function statsOf({ audit, key }: StoreProgress, { stores }: HostStats): StoreStats | undefined {
  return stores.find((one) => one.audit === audit && one.store === key);
}

function settledOf(stats: StoreStats | undefined): number {
  return stats ? stats.written + stats.duplicate + stats.deadLettered + stats.lost : 0;
}

function troubles({ retries, blocked, published }: StoreProgress): string {
  const parts = [
    published && `publishing, ${published}`,
    retries === 0 ? "" : retries === 1 ? "1 retry" : `${grouped(retries)} retries`,
    blocked && `blocked: ${blocked}`,
  ];
  return parts.filter(Boolean).join(", ");
}
