/** Where a record has its time, as the param `time` of a store says it. */
export interface PresetTime {
  /** A JSON pointer. */
  readonly from: string;
  readonly format?: "seconds" | "milliseconds";
}

/** What `--from NAME` stands for: defaults for the output of one scanner. */
export interface Preset {
  /** The scanner, as people call it. */
  readonly title: string;
  /** How it is made to write what the preset reads: an example. */
  readonly command: string;
  /** Where it writes that. @default standard output */
  readonly file?: string;
  /** What one record is, in the singular. */
  readonly noun: string;
  /** Where the records are, as `--select` says it. Empty: they are in no wrapper. */
  readonly select: readonly string[];
  /** JSON pointers to what identifies a record, as `audits.NAME.id`. Empty: not every record has the same ones. */
  readonly id: readonly string[];
  /** Tried in order. Empty: a record has no time of its own, so that it gets that of the run's start. */
  readonly time: readonly PresetTime[];
  /** Keys by which a report is known, even one without records: all of one of these lists are there. */
  readonly report: readonly (readonly string[])[];
  /** JSON pointers that each record has, by which it is known; with `=TEXT`, what is there. Empty: it is not known. */
  readonly marks: readonly string[];
}

/** The places of the findings of Trivy in its results, wherever these are. */
const TRIVY = ["Results", "Resources.Results", "Findings.Results"].flatMap((results) =>
  ["Vulnerabilities", "Misconfigurations", "Secrets", "Licenses"].map((kind) => `${results}.${kind}`),
);

const ROWS = {
  trivy: {
    title: "Trivy",
    command: "trivy image --format json IMAGE",
    noun: "finding",
    select: TRIVY,
    id: [],
    time: [],
    report: [
      ["SchemaVersion", "ArtifactName"],
      ["ClusterName", "Resources"],
      ["ClusterName", "Findings"],
    ],
    marks: [],
  },
  grype: {
    title: "Grype",
    command: "grype -o json IMAGE",
    noun: "finding",
    select: ["matches"],
    id: ["/raw/vulnerability/id", "/raw/artifact/name", "/raw/artifact/version"],
    time: [],
    report: [["matches", "descriptor"]],
    marks: ["/vulnerability/id", "/artifact/name"],
  },
  osv: {
    title: "OSV-Scanner",
    command: "osv-scanner scan source --format json .",
    noun: "package",
    select: ["results.packages"],
    id: ["/raw/package/ecosystem", "/raw/package/name", "/raw/package/version"],
    time: [],
    report: [["results", "experimental_config"]],
    marks: ["/package/ecosystem", "/groups"],
  },
  prowler: {
    title: "Prowler",
    command: "prowler aws -M json-ocsf",
    file: "output/*.ocsf.json",
    noun: "finding",
    select: [],
    id: ["/raw/finding_info/uid"],
    time: [{ from: "/raw/time", format: "seconds" }, { from: "/raw/time_dt" }, { from: "/raw/event_time" }],
    report: [],
    marks: ["/finding_info/uid", "/metadata/product/name=Prowler"],
  },
  asff: {
    title: "AWS Security Hub (ASFF)",
    command: "prowler aws -M json-asff",
    file: "output/*.asff.json",
    noun: "finding",
    select: [],
    id: ["/raw/Id"],
    time: [{ from: "/raw/UpdatedAt" }],
    report: [],
    marks: ["/SchemaVersion=2018-10-08", "/ProductArn", "/AwsAccountId"],
  },
  checkov: {
    title: "Checkov",
    command: "checkov -d . -o json",
    noun: "check",
    select: ["results.failed_checks", "results.passed_checks", "results.skipped_checks"],
    id: ["/raw/check_id", "/raw/file_path", "/raw/resource"],
    time: [],
    report: [
      ["check_type", "results"],
      ["passed", "failed", "checkov_version"],
    ],
    marks: ["/check_id", "/check_result", "/resource"],
  },
  kubescape: {
    title: "Kubescape",
    command: "kubescape scan --format json --output report.json",
    file: "report.json",
    noun: "resource",
    select: ["results"],
    id: ["/raw/resourceID"],
    time: [],
    report: [["generationTime", "summaryDetails"]],
    marks: ["/resourceID", "/controls"],
  },
  "kube-bench": {
    title: "kube-bench",
    command: "kube-bench --json",
    noun: "check",
    select: ["Controls.tests.results", "tests.results"],
    id: ["/raw/test_number"],
    time: [],
    report: [
      ["Controls", "Totals"],
      ["node_type", "tests"],
    ],
    marks: ["/test_number", "/test_desc"],
  },
  semgrep: {
    title: "Semgrep",
    command: "semgrep scan --json",
    noun: "finding",
    select: ["results"],
    id: ["/raw/check_id", "/raw/path", "/raw/start/offset"],
    time: [],
    report: [["version", "results", "errors", "paths"]],
    marks: ["/check_id", "/path", "/extra"],
  },
  bandit: {
    title: "Bandit",
    command: "bandit -r . -f json",
    noun: "finding",
    select: ["results"],
    id: ["/raw/test_id", "/raw/filename", "/raw/line_number"],
    time: [],
    report: [["generated_at", "metrics", "results"]],
    marks: ["/test_id", "/issue_severity", "/filename"],
  },
  gosec: {
    title: "gosec",
    command: "gosec -fmt json ./...",
    noun: "finding",
    select: ["Issues"],
    id: ["/raw/rule_id", "/raw/file", "/raw/line"],
    time: [],
    report: [["Issues", "Stats"]],
    marks: ["/rule_id", "/file", "/cwe"],
  },
  gitleaks: {
    title: "Gitleaks",
    command: "gitleaks git --redact -f json -r -",
    noun: "finding",
    select: [],
    id: ["/raw/Fingerprint"],
    time: [],
    report: [],
    marks: ["/RuleID", "/Secret", "/StartLine"],
  },
  nuclei: {
    title: "Nuclei",
    command: "nuclei -jsonl -silent -u URL",
    noun: "finding",
    select: [],
    id: ["/raw/template-id", "/raw/matched-at"],
    time: [{ from: "/raw/timestamp" }],
    report: [],
    marks: ["/template-id", "/matched-at", "/info"],
  },
  "npm-audit": {
    title: "npm audit",
    command: "npm audit --json",
    noun: "finding",
    select: ["vulnerabilities", "advisories"],
    id: [],
    time: [],
    report: [
      ["auditReportVersion", "vulnerabilities"],
      ["advisories", "muted"],
    ],
    marks: [],
  },
  snyk: {
    title: "Snyk",
    command: "snyk test --json",
    noun: "finding",
    select: ["vulnerabilities"],
    id: ["/raw/id", "/raw/packageName", "/raw/version"],
    time: [],
    report: [["vulnerabilities", "dependencyCount", "packageManager"]],
    marks: ["/packageName", "/identifiers", "/semver"],
  },
  hadolint: {
    title: "hadolint",
    command: "hadolint -f json Dockerfile",
    noun: "finding",
    select: [],
    id: ["/raw/code", "/raw/file", "/raw/line"],
    time: [],
    report: [],
    marks: ["/code", "/level", "/column", "/file", "/line"],
  },
  falco: {
    title: "Falco",
    command: "falco -o json_output=true",
    noun: "event",
    select: [],
    id: [],
    time: [{ from: "/raw/time" }],
    report: [],
    marks: ["/rule", "/priority", "/output_fields"],
  },
  sarif: {
    title: "SARIF",
    command: "TOOL --format sarif",
    noun: "result",
    select: ["runs.results"],
    id: [],
    time: [],
    report: [["version", "runs"]],
    marks: [],
  },
} satisfies Record<string, Preset>;

/** Every preset, by the name that `--from` takes, which is also the worker of its records. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map<string, Preset>(Object.entries(ROWS));
