// Real servers for tests; `npm run engines` builds them.
export type { EngineName } from "./catalogue.ts";
export { describeEngine } from "./describe-engine.ts";
export { hello } from "./hello.ts";
export { missing } from "./missing.ts";
export { sharedEngine } from "./shared-engine.ts";
export { type Engine, type EngineAddress, startEngine, type StartOptions } from "./start-engine.ts";
export { uniqueName } from "./unique-name.ts";
