// Makes a clone ready: installs what the lockfile says and builds. `npm start`, `npm test` and `npm run bench` begin
// with it. It runs on the Node of the machine with nothing installed, so: no dependency, and syntax that an old Node
// can read far enough to say that it is too old.
import { spawn } from "child_process";
import { createHash } from "crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { dirname, join } from "path";
import { fileURLToPath } from "url";

const PNPM = "pnpm@12.21.0";
const OLDEST_NODE = 20;
const WINDOWS = process.platform === "win32";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".cloudmarker-setup");
const installedNode = join(root, "node_modules", "node", "bin", WINDOWS ? "node.exe" : "node");

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  fail("Node " + process.version + " is too old: install Node 24 from https://nodejs.org, then run this again.");
} else {
  main().catch((error) => fail(error.message));
}

async function main() {
  const wanted = fingerprint();
  if (!existsSync(installedNode) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    rmSync(stamp, { force: true });
    // pnpm asks before it replaces a node_modules of another tool, unless it knows that nobody is there to answer.
    const env = { ...process.env, CI: "true", npm_config_loglevel: "error" };
    await step("Installing packages (" + PNPM + ")", "npx", ["-y", PNPM, "install", "--frozen-lockfile"], env);
    writeFileSync(stamp, wanted);
  }
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await step("Building", installedNode, [tsc, "-b"], process.env);
  await step("Bundling", installedNode, [join(root, "scripts", "bundle.ts")], process.env);
}

/** Changes with everything that decides what is installed. */
function fingerprint() {
  const hash = createHash("sha256").update(process.platform + " " + process.arch + " " + PNPM);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update("\0" + file + "\0").update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/** The package.json files of the workspace; the folders are those of pnpm-workspace.yaml. */
function manifests() {
  const nested = ["packages", "plugins", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, "package.json")),
  );
  return ["package.json", join("test", "package.json"), ...nested.toSorted()].filter((file) =>
    existsSync(join(root, file)),
  );
}

/** Runs a command behind one plain line. Its output is shown only when it fails: then it is what one needs. */
function step(title, command, args, env) {
  process.stderr.write(title + " … ");
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      shell: WINDOWS && command === "npx",
    });
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    child.on("error", (error) => reject(new Error("cannot run " + command + ": " + error.message)));
    child.on("close", (code) => {
      process.stderr.write(
        (code === 0 ? "done" : "failed") + " in " + ((Date.now() - started) / 1000).toFixed(1) + " s\n",
      );
      if (code === 0) return resolve();
      const text = Buffer.concat(output).toString("utf8");
      process.stderr.write(text.split("\n").filter(isOurs).join("\n") + "\n");
      reject(new Error(title + " failed; the lines above say why."));
    });
  });
}

/** Not npm's remarks on the user's settings, nor pnpm's that the outer Node is not the one that will run the code. */
function isOurs(line) {
  return !/Unknown (user|env|project) config|Unsupported engine|DEP0190|--trace-deprecation/.test(line);
}

function fail(message) {
  process.stderr.write("setup: " + message + "\n");
  process.exitCode = 1;
}
