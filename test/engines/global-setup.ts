import { once } from "node:events";
import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import { isEngineName, type EngineName } from "./catalogue.ts";
import { type Engine, startEngine } from "./start-engine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the test files ask for the engines that they share. */
    engineDesk: string;
  }
}

/**
 * Keeps one engine of each name for all test files: started when the first file asks for it, stopped when all have run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = new Map<EngineName, Promise<Engine>>();
  const desk = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? "";
    try {
      if (!isEngineName(name)) throw new Error(`there is no engine ${name}`);
      const engine = running.get(name) ?? startEngine(name);
      running.set(name, engine);
      const { port, url, dir } = await engine;
      response.end(JSON.stringify({ name, port, url, dir }));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  }).listen(0, "127.0.0.1");
  await once(desk, "listening");
  const address = desk.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  project.provide("engineDesk", `http://127.0.0.1:${address.port}/`);

  return async () => {
    desk.close();
    desk.closeAllConnections();
    const engines = await Promise.allSettled(running.values());
    await Promise.all(engines.map((engine) => engine.status === "fulfilled" && engine.value.stop()));
  };
}
