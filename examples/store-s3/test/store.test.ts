import test from "node:test";
import { fileURLToPath } from "node:url";
import { testStore } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";
import { BUCKET, KEYS, startServer } from "./server.ts";

let server: Awaited<ReturnType<typeof startServer>> | undefined;
test.after(() => server?.remove());

testStore({
  test,
  plugin,
  module: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
  server: async () => (server = await startServer()),
  params: ({ url, namespace }) => ({
    bucket: BUCKET,
    prefix: `${namespace}/`,
    endpoint: url,
    access_key_id: KEYS.accessKeyId,
    secret_access_key: KEYS.secretAccessKey,
  }),
  read: ({ namespace }) => server?.rows(`${namespace}/`) ?? [],
  wrong: { credentials: { access_key_id: "another" }, address: { endpoint: "http://127.0.0.1:1" } },
  keeps: { digits: true, duplicateKeys: true, depth: 200 },
});
