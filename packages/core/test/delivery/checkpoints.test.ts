// flush() waits for the records that were accepted before it, and for no others.
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Checkpoint, Checkpoints } from "../../src/delivery/checkpoints.ts";

/** Seals the current checkpoint after it was given `count` records; `reached` gets its name once they are settled. */
function makeCheckpoints() {
  const checkpoints = new Checkpoints();
  const reached: string[] = [];
  const seal = (name: string, count: number): Checkpoint => {
    const sealed = checkpoints.current;
    sealed.held += count;
    void checkpoints.seal().then(() => reached.push(name));
    return sealed;
  };
  return { checkpoints, reached, seal };
}

test("a checkpoint is reached once its last record is settled", async () => {
  const { checkpoints, reached, seal } = makeCheckpoints();
  const first = seal("first", 3);
  checkpoints.settle(first, 2);
  await setImmediate();
  expect(reached).toEqual([]);
  checkpoints.settle(first, 1);
  await setImmediate();
  expect(reached).toEqual(["first"]);
});

test("a checkpoint without records is reached at once", async () => {
  const { reached, seal } = makeCheckpoints();
  seal("empty", 0);
  await setImmediate();
  expect(reached).toEqual(["empty"]);
});

test("records accepted after a flush do not delay it", async () => {
  const { checkpoints, reached, seal } = makeCheckpoints();
  const first = seal("first", 1);
  checkpoints.current.held += 5;
  checkpoints.settle(first, 1);
  await setImmediate();
  expect(reached).toEqual(["first"]);
});

test("a later checkpoint waits for the earlier ones, whatever is settled first", async () => {
  const { checkpoints, reached, seal } = makeCheckpoints();
  const first = seal("first", 1);
  const second = seal("second", 1);
  checkpoints.settle(second, 1);
  await setImmediate();
  expect(reached).toEqual([]);
  checkpoints.settle(first, 1);
  await setImmediate();
  expect(reached).toEqual(["first", "second"]);
});
