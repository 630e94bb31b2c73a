// A program that embeds the host, with the configuration of the current folder. Prints what comes of it as JSON.
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createHost, type Explained } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";

/**
 * `write`, `flush`, `check` or `explain`; how many records; what to wait for before the end: `reached`, `open` or
 * nothing.
 */
const [what = "", count = "", waitFor = ""] = process.argv.slice(2);
const explained: Explained[] = [];
const host = createHost({
  configFile: "cloudmarker.json",
  stateDir: "state",
  plugins: { filestore },
  ...(what === "explain" && { explain: (one) => void explained.push(one) }),
});
const opened = new Promise<void>((resolve) => {
  host.hooks.failed.tap("wait", () => resolve());
  host.hooks.store.tap("wait", ({ key, hooks }) => {
    // Behind the store itself.
    if (key === "hostile") hooks.open.tap({ name: "wait", stage: 1_000 }, () => resolve());
  });
});

try {
  process.stdout.write(JSON.stringify(await run()));
} catch (error) {
  const { code, details } = error as { readonly code?: unknown; readonly details?: unknown };
  process.stdout.write(JSON.stringify({ error: { code, details, message: String(error) } }));
}

async function run(): Promise<unknown> {
  if (what === "check") return { stores: await host.check() };
  await host.write(Array.from({ length: Number(count) }, (_, n) => ({ n })));
  if (waitFor === "open") await opened;
  if (waitFor === "reached") while (!existsSync("reached")) await setTimeout(5);
  if (what === "flush") await host.flush().catch((error: unknown) => process.stderr.write(String(error)));
  const receipt = await host.done();
  return what === "explain" ? { batches: explained } : receipt;
}
