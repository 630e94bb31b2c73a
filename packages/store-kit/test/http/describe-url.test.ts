import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { describeHttp } from "../../src/http/describe-url.ts";

const clock = { setTimeout: () => 0, clearTimeout: () => {} };

test("a server that answers HTTP is described, redirects are not followed", async () => {
  const server = createServer((_, response) =>
    response.writeHead(302, { location: "https://login.example/?t=1" }).end(),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await describeHttp(`http://127.0.0.1:${port}/`, clock)).toBe(
    "a server that redirects to https://login.example/",
  );
});

test("a server that says nothing is left alone when the time is over", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const waits: number[] = [];
  const soon = {
    ...clock,
    setTimeout(fn: () => void, ms: number) {
      waits.push(ms);
      setImmediate(fn);
    },
  };
  expect(await describeHttp(`http://127.0.0.1:${port}/`, soon)).toBeUndefined();
  expect(waits).toEqual([2_000]);
});

test("if nothing listens, nothing is described", async () => {
  expect(await describeHttp("http://127.0.0.1:1/", clock)).toBeUndefined();
});
