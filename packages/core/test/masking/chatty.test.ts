// Whatever a store says, in whatever way, no secret of the configuration is in what the host says, keeps or hands on.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Failure, defineTap } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type Host, type HostOptions, messageOf } from "../../src/index.ts";
import { lettersIn } from "../support/letters-in.ts";

const STORE = join(import.meta.dirname, "chatty-store.ts");
const TOKEN = "p@ssw0rd!";
const PASSWORD = "in-a-url";
const HEADER = "of-a-header";
const FORMS = [TOKEN, btoa(`user:${TOKEN}`), encodeURIComponent(TOKEN), PASSWORD, HEADER];

let stateDir: string;
let heard: unknown[];
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-chatty-"));
  heard = [];
});

function keep(message: string): void {
  heard.push(message);
}

/** A host with only that store. Everything that the host says is kept. */
function hostOf(act: string, isolation: "inline" | "thread", more: HostOptions = {}): Host {
  const params = {
    url: `http://me:${PASSWORD}@127.0.0.1:9/`,
    token: "${TOKEN}",
    headers: { "X-Api": "${HEADER}" },
    act,
  };
  const delivery = { isolation };
  const abort = new AbortController();
  const host = createHost({
    config: {
      plugins: { s: { plugin: STORE, params, delivery } },
      audits: { default: { stores: ["s"] } },
      run: ["default"],
    },
    env: { TOKEN, HEADER },
    stateDir,
    run: "r1",
    signal: abort.signal,
    logger: { debug: keep, info: keep, warn: keep, error: keep },
    ...more,
  });
  host.hooks.failed.tap("keep", (failure: Failure) => void heard.push(failure));
  host.hooks.deadLetter.tap("keep", (letters) => void heard.push(letters));
  host.hooks.done.tap("keep", (receipt) => void heard.push(receipt));
  host.hooks.store.tap("keep", ({ hooks }) => {
    hooks.written.tap("keep", (report) => void heard.push(report));
    // Nothing is waited for: what failed is given up, and a store that is blocked stops the run.
    hooks.retry.tap("keep", (report) => {
      heard.push(report);
      return false;
    });
    hooks.blocked.tap("keep", (report) => {
      heard.push(report);
      abort.abort();
    });
  });
  return host;
}

/** The secrets that are in anything that was said. There must have been one to hide. */
async function shown(): Promise<string[]> {
  heard.push(await lettersIn(stateDir));
  const text = inspect(heard, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  return text.includes("********") ? FORMS.filter((form) => text.includes(form)) : ["nothing was masked"];
}

const ACTS = ["open", "retry", "unknown", "reject", "blocked", "plain", "flush", "done", "close"];
const OUTCOMES = ["written", "duplicate", "retry", "unknown", "reject", "blocked", "nonsense"].map(
  (one) => `outcome ${one}`,
);

describe.each(["inline", "thread"] as const)("a store %s that shows its secrets (L-31)", (isolation) => {
  it.each(["", ...ACTS, ...OUTCOMES])(
    "in %j: they are in no receipt, report, log, failure or dead letter",
    async (act) => {
      const host = hostOf(act, isolation);
      await host.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
      const flushed = host.flush().catch((error: unknown) => heard.push(error));
      heard.push(await host.done());
      await flushed;
      expect(await shown()).toEqual([]);
    },
  );
});

describe("a store that shows its secrets (L-31)", () => {
  it("in the error that ends its thread", async () => {
    const host = hostOf("timer", "thread");
    await host.write({ n: 1 });
    heard.push(await host.done());
    expect(await shown()).toEqual([]);
  });

  it.each(["", "check throws", "open"])("in a check (%j)", async (act) => {
    heard.push(await hostOf(act, "inline").check());
    expect(await shown()).toEqual([]);
  });

  it.each(["", "explain throws"])("in an explanation (%j)", async (act) => {
    const host = hostOf(act, "inline", { explain: (explained) => heard.push(explained) });
    await host.write({ n: 1 });
    heard.push(await host.done());
    expect(await shown()).toEqual([]);
  });

  it("in its answers about its params", async () => {
    const { problems } = await hostOf("validate", "inline").inspect();
    expect(problems.map(({ message }) => message)).toEqual(["bad: ********"]);
  });
});

describe("a tap that shows its secrets (L-31)", () => {
  const params = { type: "object", properties: { key: { type: "string", writeOnly: true } } } as const;
  const tap = (where: string) =>
    defineTap({
      name: "chatty-tap",
      apiVersion: 1,
      params,
      apply(host, { key }) {
        if (where === "apply") throw new Error(`apply with ${key}`);
        host.logger.warn(`applied with ${key}`);
        host.hooks.record.tap("chatty", (record) => {
          if (where === "record") throw new Error(`record with ${key}`);
          return record;
        });
        host.hooks.done.tapPromise("chatty", () => Promise.reject(new Error(`done with ${key}`)));
      },
    });

  it("for a record or at the end", async () => {
    const host = hostOf("", "inline", { taps: [{ plugin: tap("record"), params: { key: TOKEN } }] });
    await host.write({ n: 1 });
    const receipt = await host.done();
    expect(receipt.rejections).toEqual(["record 1: chatty-tap in host.hooks.record: record with ********"]);
    heard.push(receipt);
    expect(await shown()).toEqual([]);
  });

  it("when it is applied", async () => {
    const host = hostOf("", "inline", { taps: [{ plugin: tap("apply"), params: { key: TOKEN } }] });
    const error: unknown = await host.open().catch((thrown: unknown) => thrown);
    expect(messageOf(error)).toContain("apply with ********");
    heard.push(error);
    expect(await shown()).toEqual([]);
  });
});
