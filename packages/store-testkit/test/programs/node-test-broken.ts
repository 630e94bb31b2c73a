// Started by a test: a store that loses records, under the runner of Node.
import test from "node:test";
import { testStore } from "../../src/index.ts";
import { BROKEN, makeBroken } from "../support/broken-stores.ts";
import { lineStoreTest } from "../support/test-stores.ts";

const broken = BROKEN.find(({ name }) => name === "forgets in done what was not flushed");
if (!broken) throw new Error("there is none");
const { plugin } = await makeBroken(broken);
testStore({ ...lineStoreTest(plugin), test, report: false });
