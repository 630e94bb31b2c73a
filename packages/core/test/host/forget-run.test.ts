import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { defineStore, RetryError } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createHost, type Host, openState } from "../../src/index.ts";
import { temporaryFolder } from "../state/support.ts";
import { lettersIn } from "../support/letters-in.ts";

let stateDir: string;
beforeEach(() => {
  const made = temporaryFolder();
  onTestFinished(() => made[Symbol.dispose]());
  stateDir = made.path;
});

/** A store that keeps what it is given by id, until it is away. */
class BackEnd {
  isAway = true;
  readonly documents = new Map<string, string>();
  readonly plugin = defineStore({
    name: "search",
    className: "acme.Search",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: (batch) => {
        if (this.isAway) throw new RetryError("away", "The back end is away.");
        for (const { id, json } of batch) this.documents.set(id, json);
        return [];
      },
    }),
  });
}

function hostOf(one: BackEnd, two: BackEnd, run = "r1"): Host {
  const delivery = { batch: { records: 10 }, retry: { min: 1, max: 5 } };
  return createHost({
    stateDir,
    run,
    about: { from: "here" },
    stores: { one: { plugin: one.plugin, delivery }, two: { plugin: two.plugin, delivery } },
  });
}

const RECORDS = [
  '{"n":1.0,"u":"\\u00e9"}',
  '{"n":14517067005933136034}',
  '{"n":3}',
  '{"n":3}',
  '{"raw":{},"com":{"record_type":"x_event"}}',
];

async function write(host: Host): Promise<void> {
  for (const record of RECORDS) await host.write(record);
}

async function forget(run = "r1") {
  const state = await openState(stateDir);
  try {
    return await state.forget(run);
  } finally {
    await state.close();
  }
}

describe("a run that is forgotten (issue 14)", () => {
  test("leaves dead letters with the ids and texts that its stores would have got, and nothing else", async () => {
    const [one, two, all] = [new BackEnd(), new BackEnd(), new BackEnd()];
    one.isAway = false;
    const host = hostOf(one, two);
    await write(host);
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([{ written: 5 }, { spooled: 5 }]);
    expect(await forget()).toEqual({ deadLettered: 5, lost: 0 });
    expect(readdirSync(join(stateDir, "runs"))).toEqual([]);

    // What the store is given in the same run when it is there.
    all.isAway = false;
    const same = hostOf(new BackEnd(), all);
    await write(same);
    await same.done({ deadlineMs: 50 });
    const letters = await lettersIn(stateDir);
    expect(letters).toMatchObject(
      RECORDS.map(() => ({
        run: "r1",
        audit: "default",
        store: "two",
        plugin: "search",
        code: "forgotten",
        attempts: 0,
        state: "kept",
      })),
    );
    // The third is there twice, as it was in the run.
    expect(letters).toHaveLength(5);
    expect(new Map(letters.map(({ recordId, json }) => [recordId, json]))).toEqual(all.documents);
  });

  test("leaves each of them once if it is killed before its journal is removed, and forgotten again", async () => {
    const host = hostOf(new BackEnd(), new BackEnd());
    await write(host);
    await host.done({ deadlineMs: 50 });
    const before = `${stateDir}-before`;
    cpSync(join(stateDir, "runs"), before, { recursive: true });
    onTestFinished(() => rmSync(before, { recursive: true, force: true }));
    expect(await forget()).toEqual({ deadLettered: 10, lost: 0 });
    cpSync(before, join(stateDir, "runs"), { recursive: true });
    expect(await forget()).toEqual({ deadLettered: 10, lost: 0 });
    expect(await lettersIn(stateDir)).toHaveLength(10);
  });

  test("is refused while its process has it, and if there is none", async () => {
    const host = hostOf(new BackEnd(), new BackEnd());
    await write(host);
    await expect(forget()).rejects.toMatchObject({ code: "RUN_IN_USE" });
    await expect(forget("r2")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([{ spooled: 5 }, { spooled: 5 }]);
  });

  test("is listed no more, but where it came from is known to those that ask for it", async () => {
    const host = hostOf(new BackEnd(), new BackEnd());
    await write(host);
    await host.done({ deadlineMs: 50 });
    await forget();
    const state = await openState(stateDir);
    onTestFinished(() => state.close());
    expect(await state.runs()).toEqual([]);
    expect(await state.runs({ run: "r1" })).toEqual([]);
    expect(await state.runs({ forgotten: true })).toMatchObject([
      { run: "r1", status: "forgotten", audits: ["default"], about: { from: "here" }, left: [], inputs: [] },
    ]);
    await expect(state.forget("r1")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
  });

  test("is only listed no more if everything was delivered", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    one.isAway = two.isAway = false;
    const host = hostOf(one, two, "r2");
    await write(host);
    await host.done();
    expect(await forget("r2")).toEqual({ deadLettered: 0, lost: 0 });
    await expect(forget("r2")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    expect(existsSync(join(stateDir, "state.db"))).toBe(false);
  });
});
