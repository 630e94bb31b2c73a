// A program that embeds the host, as people bundle it: `program FOLDER PROJECT [WORKER]`. It writes a record to a store
// that is given as an object, by name, and in a thread, and prints what became of each, as JSON.
import { createHost, isConfigError } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";

const [folder, project, workerUrl] = process.argv.slice(2);

async function write(way, store) {
  const host = createHost({
    stores: { archive: { ...store, params: { path: `${folder}/${way}`, format: "ndjson" } } },
    origin: { key: "bundled" },
    cwd: project,
    stateDir: folder,
    workerUrl: workerUrl || undefined,
  });
  try {
    await host.open();
    await host.write({ way });
    const receipt = await host.done({ deadlineMs: 20_000 });
    return receipt.ok ? receipt.stores[0].written : receipt;
  } catch (error) {
    return isConfigError(error) ? error.problems.map(({ code }) => code).join() : String(error?.stack);
  }
}

async function main() {
  const results = {
    object: await write("object", { plugin: filestore }),
    name: await write("name", { plugin: "filestore" }),
    thread: await write("thread", { plugin: "filestore", delivery: { isolation: "thread" } }),
  };
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

void main();
