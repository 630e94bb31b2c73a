import { fileURLToPath } from "node:url";
import type { EngineName } from "./catalogue.ts";

/** Sources that more than one engine is built of. */
export const COMMON_JAVA: string = fileURLToPath(new URL("java", import.meta.url));

/** What `npm run engines` makes; not part of the repository. */
export const BUILT: string = fileURLToPath(new URL("../../.engines", import.meta.url));

/** The sources of an engine. */
export function sourceFolder(name: EngineName): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
