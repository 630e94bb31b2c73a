import { connect } from "node:net";
import { once } from "node:events";
import { isRawJson } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { batchOf, contextOf, faultyProxy, keptLines, recordOf, virtualClock } from "../src/index.ts";
import { startPort } from "../../../test/servers/port.ts";

test("recordOf makes a record as the host does: text, bytes, com, and long numbers in the value", () => {
  const json = '{"raw":{"n":14517067005933136034,"é":1.5},"com":{"origin_worker":"w"}}';
  const record = recordOf(json);
  expect(record).toMatchObject({ json, bytes: Buffer.byteLength(json), com: { origin_worker: "w" } });
  expect(record.id).toMatch(/^[0-9a-f]{32}$/u);
  expect(recordOf(json).id).toBe(record.id);
  const { n, é } = record.value.raw as { n: unknown; é: unknown };
  expect([isRawJson(n), é]).toEqual([true, 1.5]);
  const target = Buffer.alloc(record.bytes + 1);
  expect([record.writeTo(target, 1), target.subarray(1).toString()]).toEqual([record.bytes, json]);
});

test("batchOf wraps values as raw, and freezes the batch", () => {
  const batch = batchOf({ n: 1 }, '{"raw":2,"com":{}}');
  expect(batch.map(({ value }) => value.raw)).toEqual([{ n: 1 }, 2]);
  expect(Object.isFrozen(batch)).toBe(true);
  expect(new Set(batch.map(({ id }) => id)).size).toBe(2);
});

test("contextOf has what the host gives, and takes parts of one's own", () => {
  const logger = keptLines();
  const context = contextOf({ key: "archive", logger });
  context.logger.warn("full");
  expect(context).toMatchObject({ key: "archive", guarantee: "at-least-once" });
  expect(logger.lines).toEqual(["warn full"]);
});

test("the virtual clock runs what is due, in order", async () => {
  const clock = virtualClock(1000);
  const ran: string[] = [];
  clock.setTimeout(() => ran.push(`b at ${clock.now()}`), 20);
  clock.setTimeout(() => ran.push(`a at ${clock.now()}`), 10);
  clock.clearTimeout(clock.setTimeout(() => ran.push("never"), 5));
  clock.setTimeout(() => ran.push("later"), 500);
  await clock.advance(100);
  expect([ran, clock.now(), clock.pending]).toEqual([["a at 1010", "b at 1020"], 1100, 1]);
});

test("the proxy passes on, loses answers, cuts, hangs, is slow, and is down", async () => {
  const server = await startPort((socket) => socket.on("data", (piece) => socket.write(`got ${piece}`)));
  await using proxy = await faultyProxy({ port: server.port, slowMs: 1 });
  const { port } = proxy;
  const ask = async (text: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    const answer = Promise.race([
      once(socket, "data").then(([piece]) => String(piece)),
      new Promise<string>(
        (resolve) => void socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? "")),
      ),
      new Promise<string>((resolve) => void socket.on("close", () => resolve("closed"))),
    ]);
    socket.write(text);
    return answer.finally(() => socket.destroy());
  };
  expect(await ask("a")).toBe("got a");
  await proxy.set("slow");
  expect(await ask("b")).toBe("got b");
  await proxy.set("lose");
  expect(await ask("c")).toBe("ECONNRESET");
  expect(proxy.hits).toBe(1);
  await proxy.set("cut");
  expect(await ask("d")).toBe("ECONNRESET");
  expect(String(proxy.sent)).toBe("abcd");
  await proxy.set("down");
  expect(await ask("e")).toBe("ECONNREFUSED");
  await proxy.set("hang");
  const hanging = ask("f");
  while (proxy.hits === 0) await new Promise((resolve) => void setImmediate(resolve));
  await proxy.set("down");
  expect(await hanging).toMatch(/ECONNRESET|closed/u);
  await proxy.set("pass");
  expect(await ask("g")).toBe("got g");
  await server.stop();
});
