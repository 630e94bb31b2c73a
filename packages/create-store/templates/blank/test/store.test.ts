import test from "node:test";
import { testStore } from "@cloudmarker/store-testkit";
import { backEnd } from "../src/back-end.ts";
import plugin from "../src/index.ts";

// Once the back end is a server or a file, add `module`: the tests then run the store in a thread too.
testStore({
  test,
  plugin,
  params: ({ namespace }) => ({ table: namespace }),
  read: ({ namespace }) => backEnd.rows(namespace),
  keeps: { digits: true, nul: false, duplicateKeys: true, depth: 200 },
});
