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
        return { leaveSignals: () => steps.push("leave signals"), end: () => listeners.delete(fn) };
      },
    },
    {
      finish: () => steps.push("finish"),
      crashed: ({ error }) => steps.push(`crashed ${String(error)}`),
      stop: () => steps.push("stop"),
    },
  );
  const send = (interruption: Interruption): void => {
    for (const listener of listeners) listener(interruption);
  };
  return { steps, listeners, interruptions, send };
}

test("the first signal finishes, the second stops, a third is left to the system", () => {
  const { steps, send } = setUp();
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["finish"]);
  send({ signal: "SIGTERM" });
  expect(steps).toEqual(["finish", "leave signals", "stop"]);
});

test("a second SIGHUP, as a closing terminal sends it, is not a second request to stop (L-21)", () => {
  const { steps, send } = setUp();
  send({ signal: "SIGHUP" });
  send({ signal: "SIGHUP" });
  expect(steps).toEqual(["finish"]);
  send({ signal: "SIGTERM" });
  expect(steps).toEqual(["finish", "leave signals", "stop"]);
});

test("a crash after a signal is reported too, also after the second signal (L-17)", () => {
  const { steps, listeners, interruptions, send } = setUp();
  send({ signal: "SIGINT" });
  send({ signal: "SIGINT" });
  expect(listeners.size).toBe(1);
  send({ crash: { error: undefined } });
  expect(steps).toEqual(["finish", "leave signals", "stop", "crashed undefined"]);
  expect(interruptions.crash).toEqual({ error: undefined });
});

test("a plugin that throws again and again ends the run early, and does not stop the other stores", () => {
  const { steps, interruptions, send } = setUp();
  send({ crash: { error: "first" } });
  send({ crash: { error: "second" } });
  expect(steps).toEqual(["crashed first", "finish"]);
  expect(interruptions.crash).toEqual({ error: "first" });
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["crashed first", "finish"]);
  send({ signal: "SIGINT" });
  expect(steps).toEqual(["crashed first", "finish", "leave signals", "stop"]);
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
