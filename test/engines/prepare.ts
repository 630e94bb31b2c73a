// `npm run engines`: fetches and builds the real servers of the engine tests, each once. Needs Go, Maven and a JDK.
import { buildEngine } from "./build-engine.ts";
import { ENGINE_NAMES, type EngineName } from "./catalogue.ts";
import { hashSources, readStamp } from "./stamp.ts";
import { findTool } from "./tools.ts";

/** Builds at a time: the compilers use all cores themselves. */
const PARALLEL = 2;

const waiting = [...ENGINE_NAMES];
let ready = 0;

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (await prepare(name)) ready += 1;
  }
}

async function prepare(name: EngineName): Promise<boolean> {
  const tool = await findTool(name);
  if (typeof tool === "string") return say(name, `cannot be built: ${tool} is missing`, false);
  const stamp = readStamp(name);
  const same = stamp?.version === tool.version && stamp.javaHome === tool.javaHome;
  if (same && stamp.sources === hashSources(name)) return true;
  say(name, "fetching and building …");
  const started = performance.now();
  try {
    await buildEngine(name, tool);
  } catch (error) {
    return say(name, error instanceof Error ? error.message : String(error), false);
  }
  return say(name, `built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function say(name: string, text: string, good: boolean = true): boolean {
  process.stderr.write(`${name}: ${text.trimEnd()}\n`);
  return good;
}

await Promise.all(Array.from({ length: PARALLEL }, work));
say("engines", `${ready} of ${ENGINE_NAMES.length} ready`);
process.exitCode = ready === ENGINE_NAMES.length ? 0 : 1;
