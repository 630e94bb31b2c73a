import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as core from "@cloudmarker/core";
import * as api from "@cloudmarker/store-api";
import { groupBatch } from "@cloudmarker/store-kit/batches";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type Core = typeof core;
type Api = typeof api;

const PACKAGES = join(import.meta.dirname, "../../packages");

/** Copies of the built packages as a package manager makes them that installs two versions. */
let other: { readonly core: Core; readonly api: Api };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudmarker-copies-"));
  const copies = { core: await copy("core"), api: await copy("store-api") };
  other = {
    core: (await import(pathToFileURL(join(copies.core, "lib/index.js")).href)) as Core,
    api: (await import(pathToFileURL(join(copies.api, "lib/index.js")).href)) as Api,
  };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function copy(name: string): Promise<string> {
  const [from, to] = [join(PACKAGES, name), join(folder, name)];
  await mkdir(to);
  for (const part of ["package.json", "lib"]) await cp(join(from, part), join(to, part), { recursive: true });
  await symlink(join(from, "node_modules"), join(to, "node_modules")).catch(() => undefined);
  return to;
}

function refuse(): never {
  throw new other.api.RejectError("no_index", "there is no such index");
}

/** A host of our copy, with a store of the other one that keeps what it is given. */
function hostOf() {
  const records: api.StoreRecord[] = [];
  const plugin = other.api.defineStore({
    name: "kept",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: (batch) => void records.push(...batch) }),
  });
  const host = core.createHost({ stores: { kept: plugin }, stateDir: folder, run: "r" });
  return { host, raws: () => records.map(({ json }) => json.slice(0, json.indexOf(',"ext"'))) };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** An object that says it is a text of some copy of core. */
function branded(members: object): object {
  const { text } = other.core.jsonText("{}");
  const made: object = Object.create(Object.getPrototypeOf(other.core.jsonText(text)) as object);
  return Object.assign(made, members);
}

it("the copies are two", () => {
  expect(other.core.CloudmarkerError).not.toBe(core.CloudmarkerError);
  expect(other.api.StoreError).not.toBe(api.StoreError);
});

describe("records of another copy of core (L-25)", () => {
  it("are stored as their values, with their literals", async () => {
    const { host, raws } = hostOf();
    await host.write(other.core.jsonText('{"id":14517067005933136034,"v":1.10}'));
    await host.write([other.core.jsonText('{"raw":{"n":1e5},"ext":{},"com":{}}')]);
    for await (const some of other.core.readRecords(bytes('{"n":1.0}\n{"n":2}\n'), { name: "x" }))
      await host.write(some);
    const stream = host.writable();
    stream.write(other.core.jsonText('{"n":3}'));
    stream.end(other.core.jsonText('{"n":4}'));
    expect(await host.done()).toMatchObject({ ok: true, received: 6 });
    expect(raws()).toEqual([
      '{"raw":{"id":14517067005933136034,"v":1.10}',
      '{"raw":{"n":1e5}',
      '{"raw":{"n":1.0}',
      '{"raw":{"n":2}',
      '{"raw":{"n":3}',
      '{"raw":{"n":4}',
    ]);
  });

  it("are written as their values inside another object as well", async () => {
    const { host, raws } = hostOf();
    for (const { jsonText } of [core, other.core])
      await host.write({ raw: { inner: jsonText('{"id":14517067005933136034}') }, ext: {}, com: {} });
    expect(await host.done()).toMatchObject({ ok: true });
    expect(raws()).toEqual(Array.from({ length: 2 }, () => '{"raw":{"inner":{"id":14517067005933136034}}'));
  });

  it("are checked: an object with the mark but without the text of a JSON object is refused", async () => {
    const { host, raws } = hostOf();
    await host.write([
      branded({ text: 5, isRecord: true, bytes: 3 }),
      branded({ text: '{"n":1}}{"n":2}', isRecord: false, bytes: 15 }),
      branded({ text: "[1]", isRecord: true, bytes: 3 }),
      branded({}),
      branded({ text: '{"n":1,\n"m":2}', isRecord: true, bytes: 1 }),
    ]);
    const { rejected, rejections } = await host.done();
    expect([rejected, raws()]).toEqual([4, ['{"raw":{"n":1,"m":2}']]);
    expect(rejections[0]).toBe("record 1: it is marked as a JSON text of @cloudmarker/core but has no text");
  });
});

describe("errors of another copy (L-25)", () => {
  it("of core are recognised by isCloudmarkerError and isConfigError", async () => {
    const config = { plugins: { x: { plugin: "./nowhere.js" } }, audits: { a: { stores: ["x"] } } };
    const error: unknown = await other.core
      .createHost({ config })
      .open()
      .catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(core.CloudmarkerError);
    expect([core.isCloudmarkerError(error), core.isConfigError(error)]).toEqual([true, true]);
    const malformed: unknown = await other.core
      .readRecords(bytes("nonsense"), { name: "x" })
      .next()
      .catch((thrown: unknown) => thrown);
    expect([core.isCloudmarkerError(malformed), core.isConfigError(malformed)]).toEqual([true, false]);
    for (const none of [undefined, null, "CONFIG_INVALID", new Error("x"), { code: "CONFIG_INVALID", message: "x" }])
      expect(core.isCloudmarkerError(none)).toBe(false);
  });

  it("of the contract have the same meaning for the kit and for the host", async () => {
    const record = { bytes: 2, json: "{}" } as api.StoreRecord;
    expect(groupBatch([record], refuse).rejected).toEqual([
      { index: 0, status: "reject", code: "no_index", reason: "there is no such index" },
    ]);
    for (const made of [new other.api.BlockedError("denied", "no"), new other.api.TooLargeError("no")])
      expect(api.isStoreError(made)).toBe(true);
    // An answer of some HTTP client is none, though it has a status and a code.
    for (const none of [new Error("x"), Object.assign(new Error("x"), { status: 503, code: "ERR_BAD_RESPONSE" })])
      expect(api.isStoreError(none)).toBe(false);
  });
});
