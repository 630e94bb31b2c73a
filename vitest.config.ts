import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// .ci/run adds the counts of several runs up.
const report = process.env["CLOUDMARKER_TEST_REPORT"];

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-tests-"));

// Tests that another Node adds nothing to: what they try is our own code on texts, tables, many inputs or the scripted
// servers; a text of the sources or of the docs; a server of the tests; another tool or runtime; or every Node that we
// support, by themselves. `.ci/run` runs them on the Node of the project alone. What asks Node for files, threads,
// SQLite, streams, sockets, processes or the syntax of JSON runs on each.
const ONCE = [
  "packages/core/test/{errors,message-of,size-words}.test.ts",
  "packages/core/test/config/!(read-bounded|search).test.ts",
  "packages/core/test/delivery/!(line-file|bad-line-file|feed).test.ts",
  "packages/core/test/{masking,validation}/**/*.test.ts",
  "packages/core/test/plugins/{check-shape,package-manager,parse-ref}.test.ts",
  "packages/core/test/host/{groups,hostile-mixture,ordered-check,origin,params-beside-plugin,remarks}.test.ts",
  "packages/core/test/host/{same-target,search-option,state-settings}.test.ts",
  "packages/store-kit/test/{params,time}/**/*.test.ts",
  "packages/store-kit/test/batches/{nesting,quote,record-notes}.test.ts",
  "packages/store-kit/test/http/{answer,cookies,describe-url,shown-request}.test.ts",
  "packages/create-store/test/**/*.test.ts",
  "packages/cli/test/{letters,render}/**/*.test.ts",
  "packages/cli/test/{check-conformance,completion,config-again,confirm,documented-commands,errors}.test.ts",
  "packages/cli/test/{foreign-config,help,init,inputs-closed,odd-places,presets,secrets,texts}.test.ts",
  "plugins/*/test/{outcomes,params,validate,names,mapping}.test.ts",
  "test/e2e/{check-agrees,check-stores,config-mistakes,dead-letter-commands,echoed-secrets}.test.ts",
  "test/e2e/{blamed-places,fail-fast,migrating,packages,redact,same-target,scanners}.test.ts",
  "test/embedding/{bundlers,runtimes}.test.ts",
  "test/engines/prepare.test.ts",
  "test/faults/{kill-acknowledgements,matrix}.test.ts",
  "test/inputs/generated-inputs.test.ts",
  "test/scripts/**/*.test.ts",
  "{packages/store-testkit/test,test}/servers/**/*.test.ts",
  "test/site/{recipes,site}.test.ts",
  // The kit itself and one store that it examines run on every Node.
  "packages/store-testkit/test/{broken-manners,broken-records,filestore,reopen,row-store}.test.ts",
  "test/conformance/{authors-page,jest,stores}.test.ts",
];

/**
 * On the other Nodes a thread runs the code that was built for it, as a user's does, and not the sources: Node 22 reads
 * TypeScript anew in each thread, which takes half of the time of the tests with a journal.
 */
const builtWorker = {
  name: "built-worker",
  enforce: "pre" as const,
  transform: (code: string, id: string) =>
    process.env["CLOUDMARKER_OTHER_NODE"] && id.endsWith("/core/src/isolation/find-worker.ts")
      ? code.replace('"./worker.js"', '"../../lib/worker.js"')
      : undefined,
};

export default defineConfig({
  plugins: [builtWorker],
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
