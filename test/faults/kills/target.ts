import { gunzipSync } from "node:zlib";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deserialize } from "bson";
import { isBulk, startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { HttpFaults } from "../../../packages/store-testkit/src/servers/http/faults.ts";
import type { Answer } from "../../../packages/store-testkit/src/servers/http/reply.ts";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { startMongo } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import { isEventPost } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { startSplunk } from "../../../packages/store-testkit/src/servers/splunk/server.ts";
import { type Again, Acknowledgements } from "./acknowledgements.ts";

/** How the server behaves while the run is under way. */
export interface Mood {
  /** Each request takes so long to be answered, in milliseconds. */
  readonly paceMs: number;
  /** From this request on there is no answer. */
  readonly hangsAt: number;
}

export const GOOD: Mood = { paceMs: 0, hangsAt: Infinity };

/** A store that runs are killed in front of. */
export interface Target extends AsyncDisposable {
  readonly key: string;
  /** `plugin`, `params` and `delivery`. */
  readonly plugin: object;
  /**
   * A tap that it lists drops all records but each so manieth, and marks these. @default 1: none is dropped or marked
   */
  readonly every?: number;
  /** The store recognises a record that it has. */
  readonly isIdempotent: boolean;
  /** It is told of each request that brings records; the number is that of the request. */
  watch(mood: Mood, seen: (request: number) => void): void;
  /** Serves as it should. */
  heal(): void;
  /** The numbers of the records that it has, with repetitions. */
  stored(): number[] | Promise<number[]>;
  /** The records that it took again after it had acknowledged them, where that is known. */
  again?(): readonly Again[];
  /** What should not be there, each as a sentence. */
  strange(): string[];
  /** Its files that are not whole. */
  partial?(): string[];
}

/** Small batches, and a retry at once. */
export const DELIVERY = { batch: { records: 100, age: "20ms" }, retry: { min: "10ms", max: "50ms" }, deadline: "30s" };
const RECORD = /"kill_n":(\d+)/gu;

/** The numbers of the records in the texts. */
export function numbersIn(texts: Iterable<string>): number[] {
  return [...texts].flatMap((text) => [...text.matchAll(RECORD)].map((match) => Number(match[1])));
}

/**
 * As {@link Target.watch}, of an HTTP server.
 * @param answered called before an answer is sent, whatever the request was
 */
export function watchHttp(
  faults: HttpFaults,
  brings: (request: ReceivedRequest) => boolean,
  { paceMs, hangsAt }: Mood,
  seen: (n: number) => void,
  answered: (request: ReceivedRequest, answer: Answer, askedMs: number) => void = () => undefined,
): void {
  let requests = 0;
  faults.every(1, {
    kind: "hang",
    on: (request) => {
      if (!brings(request)) return false;
      requests += 1;
      seen(requests);
      return requests >= hangsAt;
    },
  });
  faults.always({
    kind: "edit",
    async edit(answer, request) {
      const askedMs = Date.now();
      if (paceMs > 0 && brings(request)) await delay(paceMs);
      answered(request, answer, askedMs);
      return answer;
    },
  });
}

export async function elasticsearch(): Promise<Target> {
  const server = await startElasticsearch();
  return {
    key: "search",
    plugin: { plugin: "esstore", params: { node: server.url, index: "kills" }, delivery: DELIVERY },
    isIdempotent: true,
    watch: (mood, seen) => watchHttp(server.faults, isBulk, mood, seen),
    heal: () => void server.faults.clear(),
    stored: () => numbersIn(server.documents("kills").values()),
    strange: () => (server.updated > 0 ? [`${server.updated} documents were replaced`] : []),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export async function splunk(useAck: boolean): Promise<Target> {
  const server = await startSplunk({ tokens: { "t-1": { useAck } } });
  return collector(server, useAck, () => numbersIn(server.events().map(({ text }) => text)));
}

/** A collector, and what it told its clients. */
export function collector(
  server: { readonly url: string; readonly faults: HttpFaults; stop(): Promise<void> },
  useAck: boolean,
  stored: () => number[] | Promise<number[]>,
  more: object = {},
): Target {
  const acknowledgements = new Acknowledgements(useAck);
  const params = { uri: server.url, token: "t-1", ack: useAck, ack_poll_interval: 50, ...more };
  const watch = (mood: Mood, seen: (request: number) => void): void =>
    watchHttp(server.faults, isEventPost, mood, seen, (request, answer, askedMs) =>
      acknowledgements.answered(request, answer, numbersIn([request.body.toString()]), askedMs),
    );
  return {
    key: "siem",
    plugin: { plugin: "splunkhecstore", params, delivery: DELIVERY },
    isIdempotent: false,
    watch,
    heal() {
      server.faults.clear();
      watch(GOOD, () => undefined);
    },
    stored,
    again: () => acknowledgements.again,
    strange: () => [],
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export async function mongodb(): Promise<Target> {
  const server = await startMongo();
  const params = { uri: server.uri, db: "kills", collection: "records", server_selection_timeout: 1000 };
  return {
    key: "documents",
    plugin: { plugin: "mongodbstore", params, delivery: DELIVERY },
    isIdempotent: true,
    watch({ hangsAt }, seen) {
      let requests = 0;
      server.faults.always({
        kind: "hang",
        on({ command }) {
          if (command !== "insert") return false;
          requests += 1;
          seen(requests);
          return requests >= hangsAt;
        },
      });
    },
    heal: () => void server.faults.clear(),
    stored: () =>
      Array.from(server.documents("kills.records").values(), (bytes) =>
        Number((deserialize(bytes)["raw"] as { kill_n: unknown }).kill_n),
      ),
    strange: () => [],
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Params of FileStore beside the path. */
export type Files = {
  readonly format: "json" | "ndjson";
  readonly compress?: "gzip";
  readonly write_mode?: "append";
};

/** FileStore; its files are in `out` of the folder. */
export function filestore(folder: string, files: Files, spool?: boolean): Target {
  const out = join(folder, "out");
  const names = (): string[] => (existsSync(out) ? readdirSync(out).toSorted() : []);
  const delivery = { batch: { records: 100, age: "20ms" }, ...(spool === undefined ? {} : { spool }) };
  return {
    key: "archive",
    plugin: { plugin: "filestore", params: { path: "./out", ...files }, delivery },
    isIdempotent: true,
    watch: () => undefined,
    heal: () => undefined,
    stored: () =>
      numbersIn(
        names()
          .filter(isOutput)
          .map((name) => readOutput(join(out, name), files)),
      ),
    strange: () => names().filter((name) => !isOutput(name) && !/^\.cloudmarker\.\w+\.run$|\.runs$/u.test(name)),
    partial: () => names().filter((name) => name.includes(".partial.")),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function isOutput(name: string): boolean {
  return !name.startsWith(".");
}

/** @throws if it is not whole */
function readOutput(path: string, { format, compress }: Files): string {
  const bytes = readFileSync(path);
  const text = (compress ? gunzipSync(bytes) : bytes).toString();
  if (format === "json") JSON.parse(text);
  else for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
  if (format === "ndjson" && text !== "" && !text.endsWith("\n")) throw new Error(`${path} ends in a torn line.`);
  return text;
}
