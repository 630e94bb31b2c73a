import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Host, createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudmarker-producer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function hostOf(run: string): Host {
  const params = { path: join(folder, "out"), format: "ndjson" };
  return createHost({ stores: { f: { plugin: filestore, params } }, stateDir: folder, run, origin: { worker: "w" } });
}

async function* failing(): AsyncGenerator<object> {
  yield { n: 4 };
  throw new Error("the scanner crashed");
}

const WAYS: readonly [string, (host: Host) => Promise<unknown>][] = [
  [
    "a host that is left by a throw",
    async (host) => {
      await using own = host;
      for await (const record of failing()) await own.write(record);
    },
  ],
  ["a generator that throws in write", (host) => host.write(failing()).finally(() => host.done())],
  ["a pipeline that fails", (host) => pipeline(failing(), host.writable()).finally(() => host.done())],
];

it.each(WAYS)(
  "%s neither replaces nor sets aside the complete file of an earlier run (L-26)",
  async (_way, produce) => {
    const first = hostOf("first");
    await first.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await first.done()).toMatchObject({ ok: true });
    await expect(produce(hostOf("second"))).rejects.toThrow("the scanner crashed");

    const out = join(folder, "out");
    const names = (await readdir(out)).filter((name) => !name.startsWith("."));
    expect(names.toSorted()).toEqual(["w.ndjson", "w.second.partial.ndjson"].toSorted());
    expect((await readFile(join(out, "w.ndjson"), "utf8")).trim().split("\n")).toHaveLength(3);
    expect(await readFile(join(out, "w.second.partial.ndjson"), "utf8")).toContain('"n":4');
  },
);
