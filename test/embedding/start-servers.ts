import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";

const WRITTEN = { esstore: 2, splunkhecstore: 2, mongodbstore: 2 };

/** What `servers.js` prints where all is well. */
export const EVERY_STORE: Readonly<Record<string, unknown>> = { object: WRITTEN, name: WRITTEN, thread: WRITTEN };

/** A server for each store across a network. */
export interface Servers extends AsyncDisposable {
  /** As `servers.js` takes them. */
  readonly urls: readonly string[];
  /** How many records the servers have from each way of giving a store. */
  ways(): Readonly<Record<string, number>>;
}

/** Starts them. */
export async function startServers(): Promise<Servers> {
  const es = await startElasticsearch();
  const splunk = await startSplunk({ tokens: { "t-1": { useAck: false } } });
  const mongo = await startMongo();
  return {
    urls: [es.url, splunk.url, mongo.uri],
    ways() {
      const texts = [
        ...es.documents("audits").values(),
        ...splunk.events().map(({ text }) => text),
        ...Array.from(mongo.documents("audits.records").values(), (bytes) => Buffer.from(bytes).toString("latin1")),
      ];
      const count = (way: string): number => texts.filter((text) => text.includes(way)).length;
      return { object: count("object"), name: count("name"), thread: count("thread") };
    },
    async [Symbol.asyncDispose]() {
      for (const server of [es, splunk, mongo]) await server.stop();
    },
  };
}
