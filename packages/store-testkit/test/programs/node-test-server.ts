// Started by a test: the checks of a store with a server, under the runner of Node.
import test from "node:test";
import { testStore } from "../../src/index.ts";
import rowstore from "../support/row-store.ts";
import { rowStoreTest } from "../support/test-stores.ts";

testStore({ ...rowStoreTest(rowstore), test, report: false });
