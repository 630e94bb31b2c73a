// A program that writes two records to every store across a network: `servers ES_URL HEC_URL MONGO_URL FOLDER`.
import { createHost } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";

const [node, hec, mongo, stateDir] = process.argv.slice(2);
const stores = {
  search: { plugin: esstore, params: { node, index: "audits" } },
  splunk: { plugin: splunkhecstore, params: { uri: hec, token: "t-1" } },
  mongo: { plugin: mongodbstore, params: { uri: mongo, db: "audits", collection: "records" } },
};
const host = createHost({ stores, stateDir });
await host.write([{ n: 1 }, { n: 18446744073709551616n }]);
const receipt = await host.done({ deadlineMs: 10_000 });
const results = receipt.stores.map(({ store, written, problem }) => ({ store, written, problem }));
process.stdout.write(`${JSON.stringify(results)}\n`);
