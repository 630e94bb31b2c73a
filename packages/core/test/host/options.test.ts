import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore, defineTap } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { createHost, readRecords } from "../../src/index.ts";
import { Collector, watched } from "../support/collector.ts";

const store = new Collector().plugin;
const tap = defineTap({ name: "t", apiVersion: 1, params: { type: "object" }, apply: () => undefined });
const stores = { s: store };

/** Wrong options, and the messages about them. */
const MISTAKES: readonly [options: unknown, ...messages: string[]][] = [
  [
    { config: "x.yaml" },
    "config of createHost() must be a plain object with the keys of the configuration, not a string. Use configFile for a file.",
  ],
  [{ configfile: "x.yaml" }, 'createHost() has an unknown option "configfile". Did you mean "configFile"?'],
  [{ store }, 'createHost() has an unknown option "store". Did you mean "stores"?'],
  [
    { config: {}, stores },
    "createHost() takes only one of config, configFile, search and stores, but config and stores are given.",
  ],
  [
    { configFile: "x.yaml", search: { moduleName: "acme" } },
    "createHost() takes only one of config, configFile, search and stores, but configFile and search are given.",
  ],
  [{ serch: {} }, 'createHost() has an unknown option "serch". Did you mean "search"?'],
  [{ search: "acme" }, "search of createHost() must be an object, not a string."],
  [
    { search: { modulname: "acme" } },
    'search of createHost() has an unknown option "modulname". Did you mean "moduleName"?',
  ],
  [
    { search: { moduleName: "" } },
    "search.moduleName of createHost() must be a name such as acme-audit, not an empty string.",
  ],
  ...["../x", ".acme", "a b", "@acme/x"].map((name): [unknown, string] => [
    { search: { moduleName: name } },
    `search.moduleName of createHost() is not valid: "${name}". It must have only letters, digits, - and _, and dots after the first character.`,
  ]),
  [
    { search: { searchPlaces: [] } },
    "search.searchPlaces of createHost() must be a list of at least one file, not an empty list.",
  ],
  [
    { search: { searchPlaces: "a.yaml" } },
    "search.searchPlaces of createHost() must be a list of files, best first, not a string.",
  ],
  [
    { search: { searchPlaces: ["a.yaml", "../b.yaml", "/c.yaml", "d.js", "e.toml", 5] } },
    'search.searchPlaces[1] of createHost() is not valid: "../b.yaml". It must be a path inside a searched folder, such as .config/acme-audit.yaml.',
    'search.searchPlaces[2] of createHost() is not valid: "/c.yaml". It must be a path inside a searched folder, such as .config/acme-audit.yaml.',
    'search.searchPlaces[3] of createHost() is not valid: "d.js". It must be a file of YAML or JSON: a configuration is never a program.',
    'search.searchPlaces[4] of createHost() is not valid: "e.toml". It must end in .yaml, .yml or .json, or have no extension.',
    "search.searchPlaces[5] of createHost() must be the name of a file, not a number.",
  ],
  [
    { config: null },
    "config of createHost() must be a plain object with the keys of the configuration, not empty (null).",
  ],
  [
    { config: Promise.resolve({}) },
    "config of createHost() must be a plain object with the keys of the configuration, not a promise. Await it first.",
  ],
  [
    { config: new Map() },
    "config of createHost() must be a plain object with the keys of the configuration, not an object.",
  ],
  [
    { configFile: ["a.yaml", 5] },
    "configFile[1] of createHost() must be the path of a file, or a list of such paths, not a number.",
  ],
  [
    { configFile: "" },
    "configFile of createHost() must be the path of a file, or a list of such paths, not an empty string.",
  ],
  [
    { stores: [store] },
    "stores of createHost() must be a map of stores by key, such as { archive: store }, not a list.",
  ],
  [
    { stores: store },
    "stores of createHost() must be a map of stores by key, such as { archive: store }, not an object. Give the store a key.",
  ],
  [{ stores, taps: tap }, "taps of createHost() must be a list of taps, not an object."],
  [{ stores, taps: [tap, 5] }, "taps[1] of createHost() must be a tap, or { plugin, params }, not a number."],
  [
    { stores, taps: [{ plugin: tap, parms: {} }] },
    'taps[0] of createHost() has an unknown option "parms". Did you mean "params"?',
  ],
  [{ stores, taps: [{ plugin: tap, params: 5 }] }, "taps[0].params of createHost() must be an object, not a number."],
  [{ stores, origin: "scan" }, "origin of createHost() must be an object, not a string."],
  [
    { stores, origin: { wroker: "w", key: 5, override: "yes" } },
    'origin of createHost() has an unknown option "wroker". Did you mean "worker"?',
    "origin.key of createHost() must be a string, not a number.",
    "origin.override of createHost() must be true, false, or a list with any of key, class, worker and type, not a string.",
  ],
  [{ stores, allow: "@acme/*" }, "allow of createHost() must be a list of strings, not a string."],
  [{ stores, versions: { a: 2 } }, "versions.a of createHost() must be a string, not a number."],
  [{ stores, plugins: { a: "b" } }, "plugins.a of createHost() must be a plugin object, not a string."],
  [{ stores, allow: ["a", 5] }, "allow[1] of createHost() must be a string, not a number."],
  [{ stores, workers: "w" }, "workers of createHost() must be a list of strings, not a string."],
  [{ stores, run: 5 }, "run of createHost() must be a non-empty string, not a number."],
  [{ stores, run: "" }, "run of createHost() must be a non-empty string, not an empty string."],
  [
    { stores, run: "a b" },
    'run of createHost() is not valid: "a b". It must have no blanks and no control characters.',
  ],
  [
    { stores, run: "a\u202eb" },
    'run of createHost() is not valid: "a\\u202eb". It must have no blanks and no control characters.',
  ],
  [{ stores, run: "-x" }, 'run of createHost() is not valid: "-x". It must not begin with -, as an option does.'],
  [
    { stores, run: "ä".repeat(34) },
    `run of createHost() is not valid: "${"ä".repeat(34)}". It is too long: it names files, for which letters and digits count 1, others 3 to 12, and 200 is the most.`,
  ],
  [
    { stores, logger: { warn: () => undefined } },
    "logger of createHost() must be an object with the functions debug, info, warn and error, not an object.",
  ],
  [
    { stores, clock: Date },
    "clock of createHost() must be an object with the functions now, setTimeout and clearTimeout, not a function.",
  ],
  [{ stores, random: 0.5 }, "random of createHost() must be a function, not a number."],
  [{ stores, explain: true }, "explain of createHost() must be a function, not true."],
  [
    { stores, signal: new AbortController() },
    "signal of createHost() must be an AbortSignal, not an object. Use the signal of the controller.",
  ],
  [{ stores, about: "scan" }, "about of createHost() must be an object, or a function that gives one, not a string."],
  [
    { stores, about: { scan: { at: [1, new Date(0)] }, none: undefined } },
    "about.scan.at[1] of createHost() must be data that JSON can hold, not an object.",
  ],
  [
    { stores, about: { size: Number.NaN, next: () => 1, map: new Map() } },
    "about.size of createHost() must be data that JSON can hold, not NaN.",
    "about.next of createHost() must be data that JSON can hold, not a function.",
    "about.map of createHost() must be data that JSON can hold, not an object.",
  ],
  ["x.yaml", "createHost() takes an object of options, not a string. Use { configFile } for a file."],
  [null, "createHost() takes an object of options, not empty (null)."],
];

describe("the options of createHost() are checked as YAML is (L-29)", () => {
  it.each(MISTAKES)("%j", async (options, ...messages) => {
    const host = createHost(options as object);
    const { problems, stores: found } = await host.inspect();
    expect(problems.map(({ message }) => message)).toEqual(messages);
    expect(found).toEqual([]);
    await expect(host.open()).rejects.toMatchObject({ code: "CONFIG_INVALID", problems });
    await expect(host.write({ n: 1 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(host.done()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(host.check()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("all at once, each with its path, and nothing of the default configuration is written to", async () => {
    const home = await mkdtemp(join(tmpdir(), "cloudmarker-options-"));
    await writeFile(join(home, "cloudmarker.yaml"), "plugins: { bad: { plugin: nowhere } }\n");
    const host = createHost({ home, cwd: home, stateDir: 5, configfile: "x.yaml" } as object);
    const error = await host.open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      problems: [
        { path: ["stateDir"], code: "type" },
        { path: ["configfile"], code: "unknown_key" },
      ],
    });
    expect(await readdir(home)).toEqual(["cloudmarker.yaml"]);
  });

  it("an option that is undefined is absent", async () => {
    const given = {
      stores,
      config: undefined,
      configFile: undefined,
      search: undefined,
      origin: undefined,
      logger: undefined,
      run: undefined,
    };
    expect((await createHost(given as object).inspect()).problems).toEqual([]);
  });

  it("what the program does to them afterwards changes nothing", async () => {
    const origin = { worker: "a" };
    const options = { stores: { s: store }, origin, run: "r" };
    const host = createHost(options);
    Object.assign(options, { stores: {}, run: "other" });
    origin.worker = "b";
    expect((await host.inspect()).stores.map(({ key }) => key)).toEqual(["s"]);
    expect(host.run).toBe("r");
  });
});

describe("the options of its methods are checked (L-29)", () => {
  it.each([
    [{ orgin: {} }, 'write() has an unknown option "orgin". Did you mean "origin"?'],
    [{ origin: { wroker: "w" } }, 'origin of write() has an unknown option "wroker". Did you mean "worker"?'],
    [{ origin: "w" }, "origin of write() must be an object, not a string."],
    ["w", "write() takes an object of options, not a string."],
  ])("of write: %j", async (options, message) => {
    const { host, store: kept } = watched();
    const expected = { code: "OPTION_INVALID", message };
    await expect(host.write({ n: 1 }, options as object)).rejects.toMatchObject(expected);
    expect(() => host.writable(options as object)).toThrow(message.replace("write()", "writable()"));
    expect(await host.done()).toMatchObject({ received: 0 });
    expect(kept.records).toEqual([]);
  });

  it.each([
    [{ completed: false }, 'done() has an unknown option "completed". Did you mean "complete"?'],
    [{ complete: "no" }, "complete of done() must be true or false, not a string."],
    [{ deadlineMs: "90s" }, "deadlineMs of done() must be a number of milliseconds, 0 or more, not a string."],
    [{ deadlineMs: Number.NaN }, "deadlineMs of done() must be a number of milliseconds, 0 or more, not NaN."],
    [{ deadlineMs: -1 }, "deadlineMs of done() must be a number of milliseconds, 0 or more, not a number."],
    [5000, "done() takes an object of options, not a number."],
  ])("of done: %j, and the run goes on", async (options, message) => {
    const { host } = watched();
    await expect(host.done(options as object)).rejects.toMatchObject({ code: "OPTION_INVALID", message });
    await host.write({ n: 1 });
    expect(await host.done({ deadlineMs: Infinity })).toMatchObject({ ok: true, received: 1 });
  });

  it.each([
    [{ byte: 10n }, "at.byte of position() must be data that JSON can hold, not a bigint."],
    [{ list: [undefined] }, "at.list[0] of position() must be data that JSON can hold, not undefined."],
    [new Map(), "at of position() must be a plain object, not an object."],
    [
      cyclic(),
      expect.stringMatching(/self\.self of position\(\) must be nested in at most 100 others, not an object\.$/u),
    ],
  ])("of position: what JSON cannot hold (issue 14)", async (at, message) => {
    const { host } = watched();
    await host.open();
    expect(() => host.position(0, at as Record<string, unknown>)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", message }),
    );
    expect(await host.done()).toMatchObject({ ok: true });
  });

  it("of readRecords", async () => {
    await expect(read({ name: "x", slect: "a" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: 'readRecords() has an unknown option "slect". Did you mean "select"?',
    });
    await expect(read({})).rejects.toThrow("readRecords() needs the option name.");
    await expect(read({ name: "x", maxRecordBytes: "1MB" })).rejects.toThrow(
      "maxRecordBytes of readRecords() must be a number above 0, not a string.",
    );
  });
});

function cyclic(): object {
  const one: Record<string, unknown> = {};
  one["self"] = one;
  return one;
}

function read(options: object) {
  return readRecords(endless(), options as { name: string }).next();
}

// oxlint-disable-next-line require-yield -- nothing may be read of it
async function* endless(): AsyncGenerator<Uint8Array> {
  throw new Error("it was read");
}

function broken(how: "throws" | "rejects") {
  const fail = () => {
    if (how === "throws") throw new Error("the log is full");
    return Promise.reject(new Error("the log is full"));
  };
  return { debug: fail, info: fail, warn: fail, error: fail };
}

describe("a logger that throws (L-29)", () => {
  const talking = defineStore({
    name: "talking",
    apiVersion: 1,
    params: { type: "object" },
    open: (_, { logger }) => {
      logger.info("opening");
      return { write: () => logger.warn("writing") };
    },
  });

  it.each(["throws", "rejects"] as const)("keeps no store from opening and is reported once: it %s", async (how) => {
    const { host, failures } = watched({ stores: { talking }, logger: broken(how) });
    await host.write([{ n: 1 }, 7]);
    expect(await host.done()).toMatchObject({ received: 2, rejected: 1, stores: [{ written: 1 }] });
    expect(failures.filter(({ code }) => code === "LOGGER_FAILED")).toMatchObject([
      { message: "The logger failed, so lines are missing from the log: the log is full" },
    ]);
  });
});

describe("after an abort (L-29)", () => {
  it.each([["open"], ["not open"]])(
    "write() rejects with the reason of the signal, on a host that was %s",
    async (state) => {
      const controller = new AbortController();
      const { host, store: kept } = watched({ signal: controller.signal });
      if (state === "open") await host.write({ n: 0 });
      expect(host.signal.aborted).toBe(false);
      controller.abort(new Error("enough"));
      expect(host.signal.reason).toEqual(new Error("enough"));
      for (let n = 0; n < 100; n++) await expect(host.write({ n })).rejects.toThrow("enough");
      await expect(host.write([{ n: 1 }])).rejects.toThrow("enough");
      const stream = host.writable().on("error", () => undefined);
      const failed = new Promise((resolve) => stream.once("error", resolve));
      stream.write({ n: 2 });
      expect(await failed).toEqual(new Error("enough"));
      const receipt = await host.done();
      expect(receipt).toMatchObject({ ok: false, complete: false, received: state === "open" ? 1 : 0 });
      expect(kept.records.length + (receipt.stores[0]?.spooled ?? 0)).toBe(receipt.received);
    },
  );

  it("a write that waits for room rejects, and its producer is told to stop", async () => {
    const controller = new AbortController();
    const { host, store: kept } = watched({ signal: controller.signal }, { queue: { records: 5 } });
    const gate = Promise.withResolvers<void>();
    kept.gate = gate.promise;
    let stopped = false;
    const writing = host.write(
      (function* () {
        try {
          for (let n = 0; n < 1000; n++) yield { n };
        } finally {
          stopped = true;
        }
      })(),
    );
    await host.open();
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    gate.resolve();
    expect(stopped).toBe(true);
    expect((await host.done()).received).toBeLessThan(1000);
  });

  it("a host without a signal has one that is never aborted", async () => {
    const { host } = watched();
    await host.done();
    expect(host.signal.aborted).toBe(false);
  });
});
