import type { ParamsSchema, StorePlugin } from "@cloudmarker/store-api";
import { checkStore, type ReportCard, type StoreUnderTest } from "../../src/index.ts";
import { type RowServer, startRowServer, TOKEN } from "./row-server.ts";

/** How a store for the small server is tested. */
export function rowStoreTest<S extends ParamsSchema>(plugin: StorePlugin<S>): StoreUnderTest<S> {
  let server: RowServer | undefined;
  return {
    plugin,
    server: async () => (server = await startRowServer()),
    params: ({ port, namespace }) => ({ port, table: namespace, token: TOKEN }),
    read: ({ namespace }) => server?.rows(namespace) ?? [],
    wrong: { credentials: { token: "another" }, address: { port: 1 } },
    keeps: { digits: true, nul: false, duplicateKeys: true, depth: 200 },
    timeoutMs: 300,
  };
}

/** The report card of such a store. */
export function checkRowStore<S extends ParamsSchema>(plugin: StorePlugin<S>): Promise<ReportCard> {
  return checkStore(rowStoreTest(plugin));
}

/** What failed, one line for each check. */
export function failuresOf({ checks }: ReportCard): readonly string[] {
  return checks.flatMap(({ result, clause, key, came }) => (result === "failed" ? [`${clause} ${key}: ${came}`] : []));
}
