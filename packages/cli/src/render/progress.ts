import type { Clock, HostHooks, StoreHandle } from "@cloudmarker/store-api";
import type { Output } from "../world.ts";
import type { Reporter } from "./reporter.ts";
import { count, duration, grouped, plain, table } from "./text.ts";

/** Milliseconds between two updates on a terminal, and between two lines elsewhere. */
const TERMINAL_MS = 200;
const LINES_MS = 10_000;

/** A run that ends earlier shows nothing, and never loads the library of the display. */
const DELAY_MS = 400;

/** Most kinds of trouble that are reported at once; the receipt has the sums. */
const MAX_TOLD = 50;

/** The parts that the progress display uses. */
export interface ProgressOptions {
  readonly stderr: Output;
  readonly reporter: Reporter;
  readonly clock: Clock;
}

interface StoreProgress {
  readonly label: string;
  written: number;
  retries: number;
  blocked: string;
  /** How much is published, such as `34 %`. */
  published: string;
  before: number;
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

  constructor(options: ProgressOptions, hooks: HostHooks) {
    this.#options = options;
    this.#since = options.clock.now();
    hooks.store.tap("progress", (store) => this.#watch(store));
    this.#tick(options.stderr.isTTY === true ? DELAY_MS : LINES_MS);
  }

  /** Records now come from this input. */
  reading(source: string): void {
    this.#source = source;
  }

  /** Counts records that came in. */
  add(records: number): void {
    this.#read += records;
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
    const store: StoreProgress = { label: key, written: 0, retries: 0, blocked: "", published: "", before: 0 };
    if (this.#stores.some((other) => other.label === key)) Object.assign(store, { label: `${audit}/${key}` });
    this.#stores.push(store);
    hooks.written.tap("progress", ({ records }) => {
      store.written += records;
      store.blocked = "";
    });
    hooks.retry.tap("progress", ({ code, reason }) => {
      store.retries += 1;
      this.#tell(`${store.label} ${code}`, `${store.label}: trying again after ${code}: ${reason}`);
    });
    hooks.blocked.tap("progress", ({ code, reason, recheckMs }) => {
      store.blocked = code;
      const what = `${store.label} is blocked, its records wait: ${code}: ${reason}`;
      this.#tell(`${store.label} blocked ${code}`, `${what} (tried again every ${duration(recheckMs)})`);
    });
    hooks.publishing.tap("progress", ({ done, total }) => {
      store.published = `${Math.floor((done * 100) / total)} %`;
    });
  }

  #tell(kind: string, line: string): void {
    if (this.#told.has(kind) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(kind);
    this.#options.reporter.note(line);
  }

  #tick(ms: number): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      if (this.#options.stderr.isTTY === true) void this.#show();
      else this.#options.reporter.note(this.#line());
      this.#mark();
      this.#tick(this.#options.stderr.isTTY === true ? TERMINAL_MS : LINES_MS);
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
      };
      return;
    }
    this.#draw(this.#picture());
  }

  #picture(): string {
    const [, ...rows] = table(
      ["", "", "", ""],
      [
        [`reading ${this.#source}`, count(this.#read, "record"), this.#rate(this.#read - this.#readBefore), ""],
        ...this.#stores.map((store) => [
          store.label,
          `${grouped(store.written)} written`,
          this.#rate(store.written - store.before),
          troubles(store),
        ]),
      ],
    );
    return rows.join("\n");
  }

  #line(): string {
    const stores = this.#stores.map((store) => {
      const trouble = troubles(store);
      return `${store.label} ${grouped(store.written)} written${trouble && ` (${trouble})`}`;
    });
    const read = `${plain(this.#source)}: ${count(this.#read, "record")} read`;
    return [`${read}, ${this.#rate(this.#read - this.#readBefore)}`, ...stores].join("; ");
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

function troubles({ retries, blocked, published }: StoreProgress): string {
  const parts = [
    published && `publishing, ${published}`,
    retries === 0 ? "" : retries === 1 ? "1 retry" : `${grouped(retries)} retries`,
    blocked && `blocked: ${blocked}`,
  ];
  return parts.filter(Boolean).join(", ");
}
