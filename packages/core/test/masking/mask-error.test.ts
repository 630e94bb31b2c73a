import { StoreError } from "@cloudmarker/store-api";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { maskError } from "../../src/masking/mask-error.ts";
import { createMask } from "../../src/masking/mask.ts";

const mask = createMask(["hunter2"]);
const show = (error: unknown): string => inspect(error, { depth: 10, showHidden: true });

class ClientError extends Error {
  readonly meta: object = { headers: { authorization: "Splunk hunter2" } };
  readonly statusCode = 401;
  readonly body = "no such token: hunter2";
}

describe("maskError", () => {
  it("passes on an error in which nothing is to hide", () => {
    const error = new StoreError("retry", "busy", "not now", { cause: new Error("why"), retryAfterMs: 5 });
    expect(maskError(error, mask)).toBe(error);
  });

  it("masks message, stack, texts and causes, and keeps class, code and numbers (L-31)", () => {
    const cause = new ClientError("hunter2 is wrong");
    const error = new StoreError("blocked", "denied", "denied: hunter2", { cause, retryAfterMs: 5 });
    const masked = maskError(error, mask) as StoreError;
    expect(masked).toBeInstanceOf(StoreError);
    expect(masked).toMatchObject({
      name: "StoreError",
      status: "blocked",
      code: "denied",
      message: "denied: ********",
      retryAfterMs: 5,
    });
    expect(masked.cause).toBeInstanceOf(ClientError);
    expect(masked.cause).toMatchObject({ statusCode: 401, message: "******** is wrong" });
    expect(masked.stack).toContain("mask-error.test.ts");
    expect(show(masked)).not.toContain("hunter2");
  });

  it("leaves out the objects that an error carries: they may hold the request", () => {
    const masked = maskError(new ClientError("no"), mask);
    expect(masked).toMatchObject({ statusCode: 401, body: "no such token: ********" });
    expect(show(masked)).not.toContain("hunter2");
  });

  it.each([
    ["a text", "hunter2", "********"],
    ["a symbol", Symbol("hunter2"), "Symbol(********)"],
    ["a number", 5, 5],
    ["nothing", undefined, undefined],
  ])("masks %s", (_, thrown, expected) => {
    expect(maskError(thrown, mask)).toBe(expected);
  });

  it("never throws", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const trap = Object.defineProperty(new Error("hunter2"), "code", {
      get() {
        throw new Error("hunter2");
      },
    });
    const round: Error = new Error("round");
    round.cause = round;
    for (const thrown of [proxy, trap, round, Object.create(null), () => "hunter2"])
      expect(show(maskError(thrown, mask))).not.toContain("hunter2");
  });
});
