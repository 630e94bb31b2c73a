import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { MongoClient } from "mongodb";
import type { EngineAddress } from "../../engines/start-engine.ts";
import { uniqueName } from "../../engines/unique-name.ts";
import { answer, type HttpFaults, httpFaults } from "../../../packages/store-testkit/src/servers/http/faults.ts";
import type { Answer } from "../../../packages/store-testkit/src/servers/http/reply.ts";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import { listen } from "../../../packages/store-testkit/src/servers/listener.ts";
import { Framer } from "../../../packages/store-testkit/src/servers/mongodb/framer.ts";
import { readMessage } from "../../../packages/store-testkit/src/servers/mongodb/wire.ts";
import { isBulk } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { isEventPost } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { otlpEvents } from "../../support/otlp.ts";
import { collector, DELIVERY, type Mood, numbersIn, type Target, watchHttp } from "./target.ts";

/** Most documents that a search answers with. */
const MOST_FOUND = 10_000;
/** How long a collector may take to write its file. */
const FILE_MS = 20_000;
const LONGEST_MESSAGE = 64 * 1024 * 1024;

/** Passes requests on to a real server, unless a fault keeps it from that. */
interface Front {
  readonly url: string;
  readonly faults: HttpFaults;
  /** Resolves when the server has answered all that was passed on: a client that was killed does not wait for it. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** @param answered called once the server has answered a request */
async function startFront(
  to: string,
  answered: (request: ReceivedRequest, status: number) => void = () => undefined,
): Promise<Front> {
  const faults = httpFaults();
  const underWay = new Set<Promise<Answer>>();
  const pass = async (request: ReceivedRequest): Promise<Answer> => {
    const answering = passOn(to, request);
    underWay.add(answering);
    try {
      const given = await answering;
      answered(request, given.status);
      return given;
    } finally {
      underWay.delete(answering);
    }
  };
  const { url, stop } = await startHttpServer({
    handle: (request, reply) => answer(request, reply, faults, () => pass(request)),
  });
  return {
    url,
    faults,
    async idle() {
      await Promise.allSettled(underWay);
    },
    stop,
  };
}

/** Headers that are of one connection, or of the body as it came over the wire. */
const OWN = new Set(["connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"]);

async function passOn(to: string, { method, path, query, headers, body }: ReceivedRequest): Promise<Answer> {
  const url = new URL(`${path}?${query}`, to);
  const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    OWN.has(name) || value === undefined ? [] : [[name, String(value)]],
  );
  const hasBody = method !== "GET" && method !== "HEAD";
  const response = await fetch(url, { method, headers: passed, ...(hasBody && { body: new Uint8Array(body) }) });
  const given = [...response.headers].filter(([name]) => !OWN.has(name));
  return {
    status: response.status,
    headers: Object.fromEntries(given),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** A node of Elasticsearch or OpenSearch. */
export async function searchEngine({ url }: EngineAddress): Promise<Target> {
  const front = await startFront(url);
  const index = uniqueName("kills");
  let replaced = 0;
  return {
    key: "search",
    plugin: { plugin: "esstore", params: { node: front.url, index }, delivery: DELIVERY },
    isIdempotent: true,
    watch: (mood, seen) => watchHttp(front.faults, isBulk, mood, seen),
    heal: () => void front.faults.clear(),
    async stored() {
      await front.idle();
      const refreshed = await fetch(new URL(`${index}/_refresh`, url), { method: "POST" });
      // Nothing came in.
      if (refreshed.status === 404) return [];
      const search = new URL(`${index}/_search?size=${MOST_FOUND}&version=true`, url);
      const found = await fetch(search);
      if (!found.ok) throw new Error(`${search.href} answers ${found.status}: ${await found.text()}`);
      const { hits } = (await found.json()) as Found;
      replaced = hits.hits.filter(({ _version }) => _version !== 1).length;
      return hits.hits.map(({ _source }) => _source.raw.kill_n);
    },
    strange: () => (replaced > 0 ? [`${replaced} documents were replaced`] : []),
    async [Symbol.asyncDispose]() {
      await front.stop();
      await fetch(new URL(index, url), { method: "DELETE" });
    },
  };
}

interface Found {
  readonly hits: {
    readonly hits: readonly { readonly _version: number; readonly _source: { raw: { kill_n: number } } }[];
  };
}

/** A collector that someone else wrote. */
export async function realCollector({ url, received }: EngineAddress, useAck: boolean): Promise<Target> {
  let taken = 0;
  const front = await startFront(url, (request, status) => {
    if (status === 200 && isEventPost(request)) taken += numbersIn([request.body.toString()]).length;
  });
  const source = uniqueName("kills");
  const file = received?.() ?? "";
  const read = (): number[] =>
    readFileSync(file, "utf8").includes(source)
      ? otlpEvents(file, source).map(({ record }) => (record as { raw: { kill_n: number } }).raw.kill_n)
      : [];
  const stored = async (): Promise<number[]> => {
    await front.idle();
    let found = read();
    for (const end = Date.now() + FILE_MS; found.length < taken && Date.now() < end; found = read()) {
      // oxlint-disable-next-line no-await-in-loop -- it writes its file now and then
      await delay(20);
    }
    return found;
  };
  return collector(front, useAck, stored, { source });
}

/** A server that speaks the protocol of MongoDB. */
export async function documentEngine({ url, port }: EngineAddress): Promise<Target> {
  const relay = await startRelay(port);
  const [db, collection] = [uniqueName("kills"), "records"];
  const params = { uri: `mongodb://127.0.0.1:${relay.port}/`, db, collection, server_selection_timeout: 1000 };
  const client = new MongoClient(url);
  return {
    key: "documents",
    plugin: { plugin: "mongodbstore", params, delivery: DELIVERY },
    isIdempotent: true,
    watch: (mood, seen) => relay.watch(mood, seen),
    heal: () => relay.heal(),
    async stored() {
      const found = client
        .db(db)
        .collection(collection)
        .find({}, { projection: { "raw.kill_n": 1 } });
      const documents = await found.toArray();
      return documents.map(({ raw }) => Number((raw as { kill_n: unknown }).kill_n));
    },
    strange: () => [],
    async [Symbol.asyncDispose]() {
      await relay.stop();
      await client.db(db).dropDatabase();
      await client.close();
    },
  };
}

interface Relay {
  readonly port: number;
  watch(mood: Mood, seen: (request: number) => void): void;
  heal(): void;
  stop(): Promise<void>;
}

const yes = (): boolean => true;

/** Passes messages of clients on to a MongoDB, and counts those that insert. */
async function startRelay(to: number): Promise<Relay> {
  let inserted = yes;
  const sockets = new Set<Socket>();
  const { port, stop } = await listen(0, () =>
    createServer((client) => {
      const server = connect(to, "127.0.0.1");
      sockets.add(server);
      const framer = new Framer(LONGEST_MESSAGE);
      let isHanging = false;
      client.on("data", (chunk: Buffer) => {
        for (const message of framer.push(chunk)) {
          isHanging ||= "insert" in readMessage(message).body && !inserted();
          if (!isHanging) server.write(message);
        }
      });
      server.on("data", (chunk: Buffer) => void client.write(chunk));
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on("error", () => one.destroy());
        one.on("close", () => void other.end());
      }
      void once(server, "close").then(() => sockets.delete(server));
    }),
  );
  return {
    port,
    watch({ hangsAt }, seen) {
      let requests = 0;
      inserted = () => {
        requests += 1;
        seen(requests);
        return requests < hangsAt;
      };
    },
    heal() {
      inserted = yes;
    },
    async stop() {
      await stop();
      for (const socket of sockets) socket.destroy();
    },
  };
}
