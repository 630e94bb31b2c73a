import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// .ci/run adds the counts of several runs up.
const report = process.env["CLOUDMARKER_TEST_REPORT"];

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-tests-"));

// Tests that another Node adds nothing to: what they try is our own code with very many inputs or faults, a text of the
// sources or of the docs, a server of the tests, or another runtime. `.ci/run` runs them on the Node of the project
// alone.
const ONCE = [
  "test/inputs/generated-inputs.test.ts",
  "packages/core/test/delivery/queue.property.test.ts",
  "packages/core/test/host/hostile-mixture.test.ts",
  "test/scripts/{api-reports,architecture,bundle,docs-examples,instanceof,line-length,regions}.test.ts",
  "test/servers/**/*.test.ts",
  "test/engines/prepare.test.ts",
  "test/embedding/runtimes.test.ts",
  // The kit itself and one store that it examines run on every Node.
  "packages/store-testkit/test/{broken-manners,broken-records,filestore,row-store}.test.ts",
  "test/conformance/{authors-page,jest,stores}.test.ts",
  "packages/cli/test/check-conformance.test.ts",
  "test/site/{recipes,site}.test.ts",
];

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
          exclude: [...configDefaults.exclude, "**/*.engine.test.ts", "examples/store-*/**", ...ONCE],
        },
      },
      { extends: true, test: { name: "once", include: ONCE } },
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
    env: {
      // What a host keeps stays out of the home folder of whoever runs the tests.
      XDG_STATE_HOME: join(folder, "state"),
      // Threads and processes that load the sources take a third of the time: they are compiled once for all of them.
      NODE_COMPILE_CACHE: join(folder, "compiled"),
    },
    // Two cores; the tests with real faults start processes of their own.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
