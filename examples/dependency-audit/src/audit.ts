import { findingsOf, type Finding, type Severity } from "./findings.ts";
import { describePackage, findPackages, readLockfile } from "./packages.ts";

/** A record as the host takes it. The host adds audit, run and origin to `com`. */
export interface PackageRecord {
  /** The audited thing as it was found: the content of package.json. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What the audit found. */
  readonly ext: { readonly findings: readonly Finding[]; readonly [fact: string]: unknown };
  readonly com: { readonly record_type: "npm_package"; readonly record_id: string };
}

/** What the audit counts while it runs. */
export interface Tally {
  packages: number;
  readonly findings: Record<Severity, number>;
}

/**
 * Audits the packages that are installed under `root` and yields one record for each. The host asks for the next record
 * when it has room, so memory stays bounded however many packages there are.
 *
 * @param onProgress called after each package with the counts so far and the total number of packages.
 */
export async function* auditPackages(
  root: string,
  onProgress: (tally: Tally, total: number) => void,
): AsyncGenerator<PackageRecord> {
  const lock = await readLockfile(root);
  const folders = await findPackages(root);
  const tally: Tally = { packages: 0, findings: { high: 0, medium: 0, low: 0 } };
  const seen = new Set<string>();
  for (const folder of folders) {
    const audited = await describePackage(folder, lock);
    const { name, version } = audited;
    // A package that is installed for two sets of peers is in two folders.
    if (seen.has(`${name}@${version}`)) continue;
    seen.add(`${name}@${version}`);
    const findings = findingsOf(audited);
    tally.packages += 1;
    for (const { severity } of findings) tally.findings[severity] += 1;
    onProgress(tally, folders.length);
    yield {
      raw: audited.manifest,
      ext: {
        name,
        version,
        license: audited.license ?? null,
        install_scripts: audited.installScripts,
        engines: audited.engines,
        commands: audited.commands,
        native_binaries: audited.nativeBinaries,
        size_bytes: audited.sizeBytes,
        file_count: audited.fileCount,
        integrity: audited.integrity ?? null,
        findings,
      },
      // Name and version identify the package, so a search for them finds it in every run.
      com: { record_type: "npm_package", record_id: `npm:${name}@${version}` },
    };
  }
}
