// Started by a test: a store that swallows errors, under the runner of Node.
import test from "node:test";
import { testStore } from "../../src/index.ts";
import { BROKEN, makeBroken } from "../support/broken-stores.ts";
import { rowStoreTest } from "../support/test-stores.ts";

const [broken] = BROKEN;
if (!broken) throw new Error("there is none");
const { plugin } = await makeBroken(broken);
testStore({ ...rowStoreTest(plugin), test, report: false });
