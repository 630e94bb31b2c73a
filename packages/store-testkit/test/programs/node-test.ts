// Started by a test: the same checks under the runner of Node.
import test from "node:test";
import { testStore } from "../../src/index.ts";
import linestore from "../support/line-store.ts";
import { lineStoreTest } from "../support/test-stores.ts";

testStore({ ...lineStoreTest(linestore), test, report: process.argv[2] ?? false });
