import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { createHost } from "../../src/index.ts";

const plugin = defineStore({
  name: "search",
  apiVersion: 1,
  params: { type: "object" },
  open: () => ({ write: () => undefined }),
});

const GIB = 1024 ** 3;

it("settings of the spool and of the state folder have their defaults (issue 14)", async () => {
  const { spool, state, problems } = await createHost({ stores: { search: plugin } }).inspect();
  expect(problems).toEqual([]);
  expect(spool).toEqual({ commitMs: 200, maxBytes: 4 * GIB, reserveBytes: GIB, whenFull: "block" });
  expect(state).toEqual({ keepMs: 90 * 24 * 3_600_000, maxBytes: GIB, unsafe: false });
});

it("a program gives them key by key, and the rest is that of the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-settings-"));
  const configFile = join(folder, "c.yaml");
  await writeFile(
    configFile,
    "spool: { commit: 1s, when_full: dead_letter }\nstate: { keep: 7d }\nstate_dir_unsafe: true\nstate_dir: here\n",
  );
  const options = { configFile, spool: { commit: "50ms", max_bytes: "2MiB" }, state: { max_bytes: 2 ** 21 } };
  const { spool, state, stateDir } = await createHost(options).inspect();
  expect(spool).toEqual({ commitMs: 50, maxBytes: 2 ** 21, reserveBytes: GIB, whenFull: "dead_letter" });
  expect(state).toEqual({ keepMs: 7 * 24 * 3_600_000, maxBytes: 2 ** 21, unsafe: true });
  expect(stateDir).toBe(join(folder, "here"));
  expect((await createHost({ configFile, stateDirUnsafe: false }).inspect()).state.unsafe).toBe(false);
});

it("a program gives the delivery for all stores; that of one store has precedence", async () => {
  const own = { plugin, delivery: { concurrency: 8 } };
  const delivery = { spool: false, concurrency: 3, timeout: "5s" } as const;
  const { stores } = await createHost({ stores: { own, search: plugin }, delivery }).inspect();
  expect(stores.map((store) => store.delivery)).toMatchObject([
    { spool: false, concurrency: 8, timeoutMs: 5_000 },
    { spool: false, concurrency: 3, timeoutMs: 5_000 },
  ]);
});

it("what is wrong with those of a program is a problem of the configuration", async () => {
  const spool = { commit: 1, maxBytes: 5 } as object;
  const { problems } = await createHost({ stores: { search: plugin }, spool, state: { keep: 0 } }).inspect();
  expect(problems.map(({ path, message }) => [path.join("."), message])).toEqual([
    ["spool.maxBytes", 'spool has an unknown key "maxBytes". Did you mean "max_bytes"?'],
    [
      "spool.commit",
      "spool.commit must be a duration of 10ms to 1h, such as 200ms, 1s or a number of milliseconds, not 1.",
    ],
    [
      "state.keep",
      "state.keep must be a duration of at least 1h, such as 12h, 90d or a number of milliseconds, not 0.",
    ],
  ]);
  const auto = { spool: "auto" } as object;
  await expect(createHost({ stores: { search: plugin }, ...auto }).open()).rejects.toMatchObject({
    problems: [
      {
        message:
          'spool of createHost() must be an object such as { max_bytes: "4GiB" }, not a string. Use delivery.spool of a store.',
      },
    ],
  });
});
