import test from "node:test";
import { fileURLToPath } from "node:url";
import { testStore } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";
import { startServer, TOKEN } from "./server.ts";

let server: Awaited<ReturnType<typeof startServer>> | undefined;

testStore({
  test,
  plugin,
  module: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
  server: async () => (server = await startServer()),
  params: ({ url, namespace }) => ({ url, table: namespace, token: TOKEN }),
  read: ({ namespace }) => server?.rows(namespace) ?? [],
  wrong: { credentials: { token: "another" }, address: { url: "http://127.0.0.1:1" } },
  keeps: { digits: true, nul: false, duplicateKeys: true, depth: 200 },
});
