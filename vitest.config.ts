import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "plugins/*/test/**/*.test.ts", "test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
    // Two cores; the tests with real faults start processes of their own.
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
