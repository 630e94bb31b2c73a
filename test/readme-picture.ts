// Makes the picture of the README from a real run: `node test/readme-picture.ts` writes `docs/terminal.svg`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOnTerminal } from "./support/on-terminal.ts";

/** A report of Trivy, as large as that of an image often is. */
const REPORT = {
  SchemaVersion: 2,
  ArtifactName: "alpine",
  Results: [
    { Target: "os", Vulnerabilities: Array.from({ length: 212 }, (_, n) => ({ VulnerabilityID: `CVE-${n}` })) },
  ],
};
const WRITE = "cloudmarker write --from trivy --store filestore --param path=audit-records";

const cwd = mkdtempSync(join(tmpdir(), "scan-"));
writeFileSync(join(cwd, "report.json"), JSON.stringify(REPORT));
const typed = `$ trivy image --format json alpine |\n    ${WRITE}`;
const line = `printf '%s\\n' '${typed}'; ${WRITE} < report.json; printf '$ ls audit-records\\n'; ls audit-records`;
const { screen } = await runOnTerminal(line, { cwd });
writeFileSync(join(import.meta.dirname, "../docs/terminal.svg"), screen.svg());
rmSync(cwd, { recursive: true });
