import { execFile } from "node:child_process";
import { dirname } from "node:path";

/** Runs a program on the Node of this test and returns what it printed; an error carries all of its output. */
export function runProgram(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, CI: "true", HOME: cwd, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")} failed (${error.code}):\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
