// A good store across a network is blamed for nothing.
import { expect, test } from "vitest";
import { checkStore, formatReport } from "../src/index.ts";
import { startRowServer, type RowServer, TOKEN } from "./support/row-server.ts";
import rowstore from "./support/row-store.ts";

test("a good store passes every check that applies to it", async () => {
  let server: RowServer | undefined;
  const card = await checkStore({
    plugin: rowstore,
    server: async () => (server = await startRowServer()),
    params: ({ port, namespace }) => ({ port, table: namespace, token: TOKEN }),
    read: ({ namespace }) => server?.rows(namespace) ?? [],
    wrong: { credentials: { token: "another" }, address: { port: 1 } },
  });
  expect(card.checks.filter(({ result }) => result === "failed"), formatReport(card)).toEqual([]);
  console.log(formatReport(card));
});
