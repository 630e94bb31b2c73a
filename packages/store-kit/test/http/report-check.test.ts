import { expect, test } from "vitest";
import { BlockedError } from "@cloudmarker/store-api";
import { reportCheck } from "../../src/http/index.ts";

const certificate = async (): Promise<string> => "certificate of localhost";
const failing = (code: string) => reportCheck(() => Promise.reject(new BlockedError(code, "Why.")), certificate);

test("what is there, or what is wrong; with the certificate if that is wrong", async () => {
  expect(await reportCheck(async () => "All is well.", certificate)).toEqual({
    ok: true,
    code: "ok",
    message: "All is well.",
  });
  expect(await failing("refused")).toEqual({ ok: false, code: "refused", message: "Why." });
  expect(await failing("tls")).toMatchObject({ code: "tls", message: "Why. It shows a certificate of localhost." });
});

test("a certificate that is not to be had is not spoken of", async () => {
  const error = new BlockedError("tls", "Why.");
  const report = reportCheck(
    () => Promise.reject(error),
    async () => undefined,
  );
  expect(await report).toMatchObject({ message: "Why." });
});

test("a mistake in the program is not a finding", async () => {
  const mistake = new TypeError("x is undefined");
  await expect(reportCheck(() => Promise.reject(mistake), certificate)).rejects.toBe(mistake);
});
