import { expect, test } from "vitest";
import { Interruptions } from "../src/interruption.ts";
import type { Interruption } from "../src/world.ts";

function setUp() {
  const steps: string[] = [];
  const listeners = new Set<(interruption: Interruption) => void>();
  const interruptions = new Interruptions(
    {
      onInterruption(fn) {
        listeners.add(fn);
        return () => listeners.delete(fn);
      },
    },
    { finish: () => steps.push("finish"), stop: () => steps.push("stop") },
  );
  const send = (interruption: Interruption): void => {
    for (const listener of listeners) listener(interruption);
  };
  return { steps, listeners, interruptions, send };
}

test("the first signal finishes, the second stops, a third is left to the system", () => {
  const { steps, listeners, send } = setUp();
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["finish"]);
  expect(listeners.size).toBe(1);
  send({ signal: "SIGTERM" });
  expect(steps).toEqual(["finish", "stop"]);
  expect(listeners.size).toBe(0);
});

test("a plugin that throws again and again ends the run early, and stops nobody else", () => {
  const { steps, interruptions, send } = setUp();
  const first = new Error("first");
  send({ crash: first });
  send({ crash: new Error("second") });
  expect(steps).toEqual(["finish"]);
  expect(interruptions.crash).toBe(first);
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["finish"]);
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["finish", "stop"]);
});

test("waiting ends with the promise or with the interruption, whichever is first", async () => {
  const { interruptions, send } = setUp();
  expect(await interruptions.until(Promise.resolve(5))).toBe(5);
  await expect(interruptions.until(Promise.reject(new Error("no")))).rejects.toThrow("no");
  const waiting = interruptions.until(new Promise<number>(() => undefined));
  send({ signal: "SIGINT" });
  expect(await waiting).toBeUndefined();
  expect(await interruptions.until(new Promise<number>(() => undefined))).toBeUndefined();
});
