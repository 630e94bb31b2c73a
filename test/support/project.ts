import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const INSTALLED = fileURLToPath(new URL("../node_modules", import.meta.url));

/** An empty folder in which the stores are installed, removed when disposed of. */
export class Project {
  readonly path: string = mkdtempSync(join(tmpdir(), "cloudmarker-project-"));

  constructor() {
    symlinkSync(INSTALLED, join(this.path, "node_modules"));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
