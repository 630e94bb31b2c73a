import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));

/**
 * A project with the built store and what it depends on, without the packages that are optional. The client is a part
 * of the built store (L-85).
 */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@cloudmarker"), { recursive: true });
  for (const file of ["lib", "package.json"])
    cpSync(join(HERE, file), join(modules, "@cloudmarker/esstore", file), { recursive: true });
  for (const ours of ["@cloudmarker/store-api", "@cloudmarker/store-kit"])
    symlinkSync(realpathSync(join(HERE, "node_modules", ours)), join(modules, ours));
  return folder;
}

test("without the signer, the store says in one line what to install (L-44)", () => {
  const folder = project();
  const program = `
    import esstore from "@cloudmarker/esstore";
    const params = { node: "https://x.es.amazonaws.com", aws: { region: "eu-west-1", service: "es" }, tls: { verify: true }, headers: {} };
    const context = { env: {}, logger: console, clock: { now: () => 0 } };
    const { status, code, message } = await esstore.open(params, context).catch((error) => error);
    console.log(JSON.stringify({ status, code, message }));
    const plain = await esstore.open({ ...params, aws: undefined, index: "x", fields: {}, time: [] }, context);
    await plain.close();
  `;
  writeFileSync(join(folder, "program.mjs"), program);
  const output = execFileSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
  expect(JSON.parse(output)).toEqual({
    status: "blocked",
    code: "not_installed",
    message:
      "The param aws needs the package @smithy/signature-v4, which is not installed: npm install @smithy/signature-v4 @aws-sdk/credential-provider-node.",
  });
});
