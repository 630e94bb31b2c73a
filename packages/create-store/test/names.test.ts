import { describe, expect, test } from "vitest";
import { namesOf } from "../src/names.ts";

describe("the names of a new package", () => {
  test.each([
    ["kafka", false, "cloudmarker-store-kafka", "kafka", "kafka"],
    ["cloudmarker-store-kafka", false, "cloudmarker-store-kafka", "kafka", "kafka"],
    ["@acme/kafka", false, "@acme/cloudmarker-store-kafka", "kafka", '"@acme/kafka"'],
    ["@acme/cloudmarker-store-kafka", false, "@acme/cloudmarker-store-kafka", "kafka", '"@acme/kafka"'],
    ["pii", true, "cloudmarker-tap-pii", "pii", "pii"],
    ["cloudmarker-tap-pii", true, "cloudmarker-tap-pii", "pii", "pii"],
  ])("%s (tap: %s) is the package %s", (given, isTap, whole, plugin, reference) => {
    expect(namesOf(given, isTap)).toEqual({ package: whole, plugin, reference });
  });

  test.each(["", "Kafka", "a b", "../up", "@acme", "@acme/", ".hidden", "cloudmarker-store-", "x".repeat(200)])(
    "%j is none, and the message says what one looks like",
    (given) => {
      expect(namesOf(given, false)).toBe(
        `"${given}" cannot be the name of a package: lower-case letters, digits, "-", "_" and "." are allowed, such as kafka or @acme/kafka.`,
      );
    },
  );
});
