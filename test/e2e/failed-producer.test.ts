import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Host, createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { reject } from "@cloudmarker/store-api";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudmarker-producer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function hostOf(run: string): Host {
  const params = { path: join(folder, "out"), format: "ndjson" };
  const stores = { f: { plugin: filestore, params, delivery: { batch: { records: 1 } } } };
  return createHost({ stores, stateDir: folder, run, origin: { worker: "w" } });
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

async function ofEarlierRun(): Promise<void> {
  const first = hostOf("first");
  await first.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(await first.done()).toMatchObject({ ok: true });
}

/** The file of the first run is as it was, and the second one's records are beside it. */
async function expectBeside(numbers: readonly number[]): Promise<void> {
  const out = join(folder, "out");
  const names = (await readdir(out)).filter((name) => !name.startsWith("."));
  expect(names.toSorted()).toEqual(["w.ndjson", "w.second.partial.ndjson"]);
  expect(await numbersIn(join(out, "w.ndjson"))).toEqual([1, 2, 3]);
  expect(await numbersIn(join(out, "w.second.partial.ndjson"))).toEqual(numbers);
}

async function numbersIn(path: string): Promise<number[]> {
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as { raw: { n: number } }).raw.n);
}

it.each(WAYS)(
  "%s neither replaces nor sets aside the complete file of an earlier run (L-26)",
  async (_way, produce) => {
    await ofEarlierRun();
    await expect(produce(hostOf("second"))).rejects.toThrow("the scanner crashed");
    await expectBeside([4]);
  },
);

const LOSSES: readonly [string, (host: Host) => void, unknown[], object][] = [
  ["an input that is not a record", () => undefined, [{ n: 4 }, { n: Number.NaN }, { n: 6 }], { rejected: 1 }],
  [
    "a tap that throws",
    ({ hooks }) =>
      hooks.record.tap("brittle", ({ raw }) => {
        if ((raw as { n: number }).n === 5) throw new Error("no rule for 5");
      }),
    [{ n: 4 }, { n: 5 }, { n: 6 }],
    { rejected: 1 },
  ],
  [
    "a record that became a dead letter",
    ({ hooks }) =>
      hooks.store.tap("disk", (store) => {
        store.hooks.write.tap("disk", ([record]) =>
          record?.json.includes('"n":5') ? [reject(0, "disk_full", "no space")] : undefined,
        );
      }),
    [{ n: 4 }, { n: 5 }, { n: 6 }],
    { stores: [{ deadLettered: 1 }] },
  ],
];

it.each(LOSSES)(
  "a run that lacks a record replaces no good file, though its input is complete: %s",
  async (_loss, spoil, records, counts) => {
    await ofEarlierRun();
    const host = hostOf("second");
    spoil(host);
    await host.write(records);
    expect(await host.done()).toMatchObject({ ok: false, complete: true, ...counts });
    await expectBeside([4, 6]);
  },
);
