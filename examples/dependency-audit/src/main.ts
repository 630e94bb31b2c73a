// A complete auditing tool. It audits the npm packages that are installed in this workspace, and a host delivers the
// records. The tool only makes the records; the host batches them, retries, and accounts for every one.
import { dirname, join, relative } from "node:path";
import { createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { auditPackages, type Tally } from "./audit.ts";
import { formatReport, progressOn } from "./terminal.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));
const folder = join(root, "audit-output");

const host = createHost({
  audit: "dependency_audit",
  // This tool brings its own store, so it reads no configuration file of the machine.
  stores: { files: { plugin: filestore, params: { path: folder } } },
  // The producer of the records. FileStore names its file after `worker`.
  origin: { key: "dependency_audit", class: "DependencyAudit", worker: "npm_packages", type: "cloud" },
});

const showProgress = progressOn(process.stderr);
let tally: Tally = { packages: 0, findings: { high: 0, medium: 0, low: 0 } };

process.stdout.write(`Auditing the packages in ${join(root, "node_modules")}\n`);
await host.open();
await host.write(
  auditPackages(root, (counts, total) => {
    tally = counts;
    showProgress(counts, total);
  }),
);
// From here on every record is in the file, or the receipt says where it is and why.
const receipt = await host.done();

process.stdout.write(formatReport(receipt, tally, relative(process.cwd(), folder)));
process.exitCode = receipt.ok ? 0 : 1;
