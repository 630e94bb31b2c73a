import { expect, test } from "vitest";
import { quote } from "../../src/batches/index.ts";

test.each(["", "0123456789abcdef", "A-z_9", 'a"b', "a\\b", "a\nb", "a b", "é", "\ud800", "\u2028", "a\n"])(
  "%j is written as JSON.stringify writes it (ES-10)",
  (text) => {
    expect(quote(text)).toBe(JSON.stringify(text));
  },
);
