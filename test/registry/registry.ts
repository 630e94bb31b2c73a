import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";

/** A registry for packages on 127.0.0.1. What it has not, it asks the registry of this machine for. */
export interface Registry {
  /** An empty folder, removed when the registry is stopped. */
  folder(name: string): string;
  /** Runs a package manager, or what it has installed, that asks this registry alone. */
  run(cwd: string, command: string, ...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

const VERSION = "6.10.4";

/** Installs Verdaccio into a folder of its own, and starts it. */
export async function startRegistry(): Promise<Registry> {
  let url = "";
  const top = mkdtempSync(join(tmpdir(), "cloudmarker-registry-"));
  const folder = (name: string): string => {
    const path = join(top, name);
    mkdirSync(path, { recursive: true });
    // Not every package manager reads the environment.
    if (url !== "") writeFileSync(join(path, ".npmrc"), `registry=${url}\n`);
    return path;
  };
  const own = folder("verdaccio");
  // Later versions of node-fetch have a client that not every proxy of a registry takes.
  const overrides = { "node-fetch": "2.6.7" };
  writeFileSync(join(own, "package.json"), JSON.stringify({ dependencies: { verdaccio: VERSION }, overrides }));
  await execute(own, {}, "npm", ["install", "--no-audit", "--no-fund", "--silent"]);
  const upstream = (await execute(own, {}, "npm", ["config", "get", "registry"])).trim();
  const port = await freePort();
  const open = { access: "$all", publish: "$all", unpublish: "$all" };
  const config = {
    storage: folder("storage"),
    auth: { htpasswd: { file: join(own, "users"), max_users: 100 } },
    uplinks: { upstream: { url: upstream, cache: true, timeout: "60s", max_fails: 100 } },
    packages: {
      "@cloudmarker/*": open,
      cloudmarker: open,
      "cloudmarker-*": open,
      "**": { access: "$all", proxy: "upstream" },
    },
    log: { type: "stdout", level: "fatal" },
  };
  writeFileSync(join(own, "config.yaml"), stringify(config));
  const program = join(own, "node_modules", "verdaccio", "bin", "verdaccio");
  const listen = `127.0.0.1:${port}`;
  const server = spawn(process.execPath, [program, "--config", join(own, "config.yaml"), "--listen", listen], {
    cwd: own,
    stdio: "ignore",
  });
  url = `http://${listen}/`;
  await answers(new URL("-/ping", url));

  const home = folder("home");
  writeFileSync(join(home, ".npmrc"), `//${listen}/:_authToken=anybody\n`);
  const cache = folder("cache");
  const env = {
    HOME: home,
    CI: "true",
    npm_config_registry: url,
    npm_config_userconfig: join(home, ".npmrc"),
    npm_config_cache: cache,
    npm_config_update_notifier: "false",
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    YARN_NODE_LINKER: "node-modules",
    YARN_ENABLE_GLOBAL_CACHE: "false",
    YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
    YARN_ENABLE_TELEMETRY: "0",
    // What was published a minute ago is meant.
    YARN_NPM_MINIMAL_AGE_GATE: "0",
  };
  return {
    folder,
    run: (cwd, command, ...args) => execute(cwd, env, command, args),
    async stop() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** @returns what it printed on standard output; an error has all that it printed */
function execute(cwd: string, env: NodeJS.ProcessEnv, command: string, args: readonly string[]): Promise<string> {
  const path = [join(cwd, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const options = { cwd, env: { ...process.env, PATH: path, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")} failed (${error.code}):\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url: URL): Promise<void> {
  for (let left = 600; ; left -= 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (left === 0) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}
