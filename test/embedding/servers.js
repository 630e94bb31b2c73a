// A program that embeds the host, as people bundle it: `servers ES_URL HEC_URL MONGO_URL FOLDER PROJECT [WORKER]`. It
// writes two records to every store across a network, given as objects, by name, and in threads, and prints how many
// each has written, as JSON.
import { createHost, isConfigError } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";

const [node, hec, mongo, stateDir, project, workerUrl] = process.argv.slice(2);
const objects = { esstore, splunkhecstore, mongodbstore };
const params = {
  esstore: { node, index: "audits" },
  splunkhecstore: { uri: hec, token: "t-1" },
  mongodbstore: { uri: mongo, db: "audits", collection: "records" },
};

async function write(way, storeOf) {
  const stores = Object.entries(params).map(([name, given]) => [name, { ...storeOf(name), params: given }]);
  const host = createHost({
    stores: Object.fromEntries(stores),
    audit: way,
    cwd: project,
    stateDir,
    workerUrl: workerUrl || undefined,
  });
  try {
    await host.open();
    await host.write([
      { way, n: 1 },
      { way, n: 18446744073709551616n },
    ]);
    const receipt = await host.done({ deadlineMs: 20_000 });
    const written = receipt.stores.map((store) => [store.store, store.problem ?? store.written]);
    return Object.fromEntries(written);
  } catch (error) {
    return isConfigError(error) ? [...new Set(error.problems.map(({ code }) => code))].join() : String(error?.stack);
  }
}

async function main() {
  const results = {
    object: await write("object", (name) => ({ plugin: objects[name] })),
    name: await write("name", (name) => ({ plugin: name })),
    thread: await write("thread", (name) => ({ plugin: name, delivery: { isolation: "thread" } })),
  };
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

void main();
