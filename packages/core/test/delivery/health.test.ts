// Asking a store whether it is well.
import { expect, test } from "vitest";
import { Health } from "../../src/delivery/health.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** A store whose answer to each check the test gives, and what the host heard. */
function makeHealth() {
  const clock = new VirtualClock();
  const checks: PromiseWithResolvers<boolean | undefined>[] = [];
  const heard: (boolean | undefined)[] = [];
  const check = (): Promise<boolean | undefined> => {
    const answer = Promise.withResolvers<boolean | undefined>();
    checks.push(answer);
    return answer.promise;
  };
  const health = new Health({ check, clock, timeoutMs: 5000 });
  const ask = (): void => health.ask((isWell) => void heard.push(isWell));
  return { clock, checks, heard, health, ask };
}

test.each([true, false, undefined])("the answer %s is passed on, once, and the timer ends", async (answer) => {
  const { clock, checks, heard, health, ask } = makeHealth();
  ask();
  expect([heard, health.isAsking]).toEqual([[], true]);
  checks[0]?.resolve(answer);
  await clock.advance(60_000);
  expect([heard, health.isAsking, clock.pending]).toEqual([[answer], false, 0]);
});

test("a check that fails means that the store is not well", async () => {
  const { clock, checks, heard, ask } = makeHealth();
  ask();
  checks[0]?.reject(new Error("connect ECONNREFUSED"));
  await clock.advance(0);
  expect(heard).toEqual([false]);
});

test("a store that does not answer in time is not well, and its late answer is ignored", async () => {
  const { clock, checks, heard, ask } = makeHealth();
  ask();
  await clock.advance(4999);
  expect(heard).toEqual([]);
  await clock.advance(1);
  expect(heard).toEqual([false]);
  checks[0]?.resolve(true);
  await clock.advance(0);
  expect(heard).toEqual([false]);
});

test("after cancel() nothing is passed on and no timer remains", async () => {
  const { clock, checks, heard, health, ask } = makeHealth();
  ask();
  health.cancel();
  expect([health.isAsking, clock.pending]).toEqual([false, 0]);
  checks[0]?.resolve(true);
  await clock.advance(60_000);
  expect(heard).toEqual([]);
});

test("the late answer of a cancelled check is not taken for that of the next one", async () => {
  const { clock, checks, heard, health, ask } = makeHealth();
  ask();
  health.cancel();
  ask();
  checks[0]?.resolve(false);
  await clock.advance(0);
  expect([heard, health.isAsking]).toEqual([[], true]);
  checks[1]?.resolve(true);
  await clock.advance(0);
  expect(heard).toEqual([true]);
});
