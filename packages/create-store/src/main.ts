/** The entry: what `npm create @cloudmarker/store` starts. */
import process from "node:process";
import { createCommand } from "./command.ts";

process.exitCode = await createCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
  year: new Date().getFullYear(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
