import test from "node:test";
import { fileURLToPath } from "node:url";
import { testStore } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";
import { PASSWORD, PROGRAMS, startServer, USER } from "./server.ts";

let server: Awaited<ReturnType<typeof startServer>> | undefined;
test.after(() => server?.remove());

if (PROGRAMS === undefined) test("the store contract", { skip: "PostgreSQL is not installed" }, () => undefined);
else
  testStore({
    test,
    plugin,
    module: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
    server: async () => (server = await startServer()),
    params: ({ port, namespace }) => ({
      url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
      password: PASSWORD,
      table: namespace,
    }),
    read: ({ namespace }) => server?.rows(namespace) ?? [],
    wrong: { credentials: { password: "another" }, address: { url: `postgres://${USER}@127.0.0.1:1/postgres` } },
    keeps: { digits: true, duplicateKeys: true, depth: 200 },
  });
