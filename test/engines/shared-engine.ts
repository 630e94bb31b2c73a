import { inject } from "vitest";
import type { EngineName } from "./catalogue.ts";
import { type EngineAddress, receivedIn } from "./start-engine.ts";

/**
 * The engine that all files of the test project `engines` (`*.engine.test.ts`) share, started by the first that asks.
 * What a test writes there carries a name of its own, see {@link uniqueName}; a test that stops an engine starts its
 * own.
 */
export async function sharedEngine(name: EngineName): Promise<EngineAddress> {
  const answer = await fetch(new URL(name, inject("engineDesk")));
  if (!answer.ok) throw new Error(await answer.text());
  const { port, url, dir } = (await answer.json()) as Omit<EngineAddress, "received">;
  return { name, port, url, dir, ...(name === "hec" && { received: () => receivedIn(dir) }) };
}
