import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// .ci/run adds the counts of several runs up.
const report = process.env["CLOUDMARKER_TEST_REPORT"];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/test/**/*.test.ts",
            "plugins/*/test/**/*.test.ts",
            "test/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
          ],
          exclude: [...configDefaults.exclude, "**/*.engine.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          // Tests on real servers, which `npm run engines` builds: after the others and one file at a time, as a server
          // takes a core.
          name: "engines",
          include: ["plugins/*/test/**/*.engine.test.ts", "test/**/*.engine.test.ts"],
          globalSetup: "test/engines/global-setup.ts",
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          hookTimeout: 180_000,
        },
      },
    ],
    // What a host keeps stays out of the home folder of whoever runs the tests.
    env: { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), "cloudmarker-tests-")) },
    // Two cores; the tests with real faults start processes of their own.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
