// Sends the dead letters of a state folder again, and says so after each batch; it may be killed while it does.
import { createHost, isCloudmarkerError } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";

const [, , node = "", stateDir = ""] = process.argv;
const host = createHost({
  stateDir,
  stores: { search: { plugin: esstore, params: { node, index: "replayed" }, delivery: { batch: { records: 100 } } } },
  audit: "nightly",
  replay: {},
});
host.hooks.store.tap("program", ({ hooks }) => {
  hooks.written.tap("program", () => void process.stdout.write("batch\n"));
});
try {
  await host.open();
  process.stdout.write("open\n");
  const { stores } = await host.done();
  process.stdout.write(`${JSON.stringify(stores)}\n`);
} catch (error) {
  process.stdout.write(`${isCloudmarkerError(error) ? error.code : String(error)}\n`);
}
