import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ParamsSchema, StorePlugin } from "@cloudmarker/store-api";
import { checkStore, type ReportCard, type StoreUnderTest } from "../../src/index.ts";
import { type RowServer, startRowServer, TOKEN } from "./row-server.ts";

/** How a store for the small server is tested. */
export function rowStoreTest<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): StoreUnderTest<S> {
  let server: RowServer | undefined;
  return {
    plugin,
    server: async () => (server = await startRowServer()),
    params: ({ port, namespace }) => ({ port, table: namespace, token: TOKEN }),
    read: ({ namespace }) => server?.rows(namespace) ?? [],
    ...(module !== undefined && { module }),
    wrong: { credentials: { token: "another" }, address: { port: 1 } },
    keeps: { digits: true, nul: false, duplicateKeys: true, depth: 200 },
    timeoutMs: 500,
  };
}

/** How a store that appends lines to a file is tested. */
export function lineStoreTest<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): StoreUnderTest<S> {
  return {
    plugin,
    params: ({ folder }) => ({ folder }),
    ...(module !== undefined && { module }),
    async read({ folder }) {
      const text = await readFile(join(folder, "lines.ndjson"), "utf8").catch(() => "");
      return text.split("\n").flatMap((json) => (json === "" ? [] : [{ json }]));
    },
    keeps: { digits: true, duplicateKeys: true, depth: 200 },
    timeoutMs: 500,
  };
}

/** How a store that writes a file for each batch is tested. */
export function objectStoreTest<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): StoreUnderTest<S> {
  return {
    plugin,
    params: ({ folder }) => ({ folder }),
    ...(module !== undefined && { module }),
    async read({ folder }) {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".ndjson"));
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
      return texts.flatMap((text) => text.split("\n")).flatMap((json) => (json === "" ? [] : [{ json }]));
    },
    keeps: { digits: true, duplicateKeys: true, depth: 200 },
    timeoutMs: 500,
  };
}

/** The report card of a store that writes a file for each batch. */
export function checkObjectStore<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): Promise<ReportCard> {
  return checkStore(objectStoreTest(plugin, module));
}

/** The report card of a store on a disk. */
export function checkLineStore<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): Promise<ReportCard> {
  return checkStore(lineStoreTest(plugin, module));
}

/** The report card of a store for the small server. */
export function checkRowStore<S extends ParamsSchema>(plugin: StorePlugin<S>, module?: string): Promise<ReportCard> {
  return checkStore(rowStoreTest(plugin, module));
}

/** What failed, one line for each check. */
export function failuresOf({ checks }: ReportCard): readonly string[] {
  return checks.flatMap(({ result, clause, key, came }) => (result === "failed" ? [`${clause} ${key}: ${came}`] : []));
}
