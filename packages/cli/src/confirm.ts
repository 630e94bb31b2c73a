import readline from "node:readline";
import { usageError } from "./errors.ts";
import type { AskingOptions } from "./options.ts";
import type { World } from "./world.ts";

/**
 * Asks a person before something is done that cannot be undone. `--yes` is the answer; without a terminal it is needed.
 * @param question about what happens, without its question mark
 * @returns whether it is to be done; anything but `y` and `yes`, and the end of the input, means no
 * @throws UsageError
 */
export async function confirm(question: string, { yes }: AskingOptions, world: World): Promise<boolean> {
  if (yes) return true;
  const { stderr } = world;
  if (stderr.isTTY !== true || world.stdin.isTTY !== true) throw usageError("needsYes", { question });
  const lines = readline.createInterface({ input: world.stdin, output: stderr });
  try {
    return await new Promise<boolean>((resolve) => {
      lines.once("line", (line) => {
        lines.removeAllListeners("close");
        resolve(/^\s*y(?:es)?\s*$/iu.test(line));
      });
      // Ctrl-C and Ctrl-D close it, and leave the cursor behind the question.
      lines.once("close", () => {
        stderr.write("\n");
        resolve(false);
      });
      lines.setPrompt(`${question}? [y/N] `);
      lines.prompt();
    });
  } finally {
    lines.close();
  }
}
