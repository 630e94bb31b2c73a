import test from "node:test";
import { testTap } from "@cloudmarker/store-testkit";
import tap from "../src/index.ts";

testTap({
  test,
  tap,
  examples: [
    {
      name: "masks the keys, however deep they are",
      given: '{"user":"ann","login":{"password":"secret"}}',
      expected: '{"raw":{"user":"ann","login":{"password":"***"}}}',
    },
    {
      name: "leaves other records alone",
      given: '{"user":"ann"}',
      expected: '{"raw":{"user":"ann"}}',
    },
  ],
});
