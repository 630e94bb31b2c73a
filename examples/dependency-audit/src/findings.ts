import type { InstalledPackage } from "./packages.ts";

export type Severity = "high" | "medium" | "low";

/** Something about a package that a person should check. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
}

interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** The message of the finding; undefined if the package is fine. */
  test(audited: InstalledPackage): string | undefined;
}

const LARGE_BYTES = 20 * 1024 * 1024;
const OLDEST_SUPPORTED_NODE = 20;
const COPYLEFT = /\b(?:A?GPL|LGPL|MPL|EPL|EUPL|CDDL|OSL|CC-BY-SA)\b/;

const RULES: readonly Rule[] = [
  {
    id: "install_script",
    severity: "high",
    test: ({ installScripts }) => {
      const scripts = Object.entries(installScripts).map(([name, command]) => `${name}: ${command}`);
      return scripts.length > 0 ? `Runs code while it is installed (${scripts.join("; ")}).` : undefined;
    },
  },
  {
    id: "no_integrity",
    severity: "high",
    test: ({ integrity }) => (integrity ? undefined : "The lockfile holds no hash of its archive."),
  },
  {
    id: "deprecated",
    severity: "medium",
    test: ({ deprecated }) => (deprecated ? `Its authors gave it up: ${deprecated}` : undefined),
  },
  {
    id: "no_license",
    severity: "medium",
    test: ({ license }) => (license ? undefined : "States no licence."),
  },
  {
    id: "copyleft_license",
    severity: "medium",
    test: ({ license = "" }) =>
      COPYLEFT.test(license) ? `Its licence is ${license}, which has conditions.` : undefined,
  },
  {
    id: "native_binary",
    severity: "medium",
    test: ({ nativeBinaries: [first, ...others] }) => {
      if (first === undefined) return undefined;
      return `Contains machine code: ${first}${others.length > 0 ? ` and ${others.length} more` : ""}.`;
    },
  },
  {
    id: "old_engine",
    severity: "low",
    test: ({ engines: { node = "" } }) => {
      const oldest = /\d+/.exec(node);
      if (!oldest || Number(oldest[0]) >= OLDEST_SUPPORTED_NODE) return undefined;
      return `Made for Node ${node}, of which versions before ${OLDEST_SUPPORTED_NODE} get no security fixes.`;
    },
  },
  {
    id: "very_large",
    severity: "low",
    test: ({ sizeBytes }) =>
      sizeBytes > LARGE_BYTES ? `Takes ${Math.round(sizeBytes / 1024 / 1024)} MiB of disk.` : undefined,
  },
];

/** All findings about a package, the worst first. */
export function findingsOf(audited: InstalledPackage): Finding[] {
  return RULES.flatMap(({ id, severity, test }) => {
    const message = test(audited);
    return message === undefined ? [] : [{ id, severity, message }];
  });
}
