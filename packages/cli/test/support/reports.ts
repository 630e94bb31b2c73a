/** A small report of each scanner, in the form that it writes. */
export interface Report {
  /** One or several documents. */
  readonly text: string;
  /** How many records the preset takes of it. */
  readonly records: number;
  /** A report of the same scanner that has none; absent if that is an empty list or nothing at all. */
  readonly clean?: string;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

const RUN = { tool: { driver: { name: "t" } }, results: [{ ruleId: "r1", message: { text: "m" } }, { ruleId: "r2" }] };

/** By the name of the preset. */
export const REPORTS: Readonly<Record<string, Report>> = {
  trivy: {
    text: json({
      SchemaVersion: 2,
      ArtifactName: "alpine",
      Results: [
        { Target: "clean", Class: "lang-pkgs" },
        { Target: "os", Vulnerabilities: [{ VulnerabilityID: "CVE-1", PkgName: "a" }, { VulnerabilityID: "CVE-2" }] },
        { Target: "Dockerfile", Misconfigurations: [{ ID: "DS002", Status: "FAIL" }], Secrets: [{ RuleID: "s" }] },
        { Target: "pkgs", Licenses: [{ Name: "GPL-2.0" }], Vulnerabilities: null },
      ],
    }),
    records: 5,
    clean: json({ SchemaVersion: 2, ArtifactName: "alpine", ArtifactType: "container_image" }),
  },
  grype: {
    text: json({
      matches: [
        { vulnerability: { id: "CVE-1" }, artifact: { name: "a", version: "1" } },
        { vulnerability: { id: "CVE-2" }, artifact: { name: "a", version: "1" } },
      ],
      source: {},
      descriptor: { name: "grype" },
    }),
    records: 2,
    clean: json({ matches: [], descriptor: { name: "grype" } }),
  },
  osv: {
    text: json({
      results: [
        {
          source: { path: "go.mod" },
          packages: [
            { package: { name: "a", version: "1", ecosystem: "Go" }, vulnerabilities: [{ id: "GO-1" }], groups: [] },
            { package: { name: "b", version: "1", ecosystem: "Go" }, vulnerabilities: [{ id: "GO-2" }], groups: [] },
          ],
        },
      ],
    }),
    records: 2,
    clean: json({ results: [] }),
  },
  prowler: {
    text: json([
      { metadata: { product: { name: "Prowler" } }, finding_info: { uid: "p-1" }, time: 1_739_539_623 },
      { metadata: { product: { name: "Prowler" } }, finding_info: { uid: "p-2" }, time_dt: "2025-02-14T14:27:03.9" },
    ]),
    records: 2,
  },
  asff: {
    text: json([
      { SchemaVersion: "2018-10-08", Id: "a", ProductArn: "arn", AwsAccountId: "1", UpdatedAt: "2023-03-18T15:43:31Z" },
    ]),
    records: 1,
  },
  checkov: {
    text: json([
      {
        check_type: "terraform",
        results: {
          passed_checks: [{ check_id: "C1", check_result: { result: "PASSED" }, file_path: "/a", resource: "r" }],
          failed_checks: [{ check_id: "C2", check_result: { result: "FAILED" }, file_path: "/a", resource: "r" }],
          skipped_checks: [],
          parsing_errors: [],
        },
        summary: { passed: 1, failed: 1 },
      },
      {
        check_type: "dockerfile",
        results: {
          passed_checks: [],
          failed_checks: [{ check_id: "C3", check_result: { result: "FAILED" }, file_path: "/b", resource: "r" }],
          skipped_checks: [],
        },
      },
    ]),
    records: 3,
    clean: json({ passed: 0, failed: 0, skipped: 0, parsing_errors: 0, resource_count: 0, checkov_version: "3" }),
  },
  kubescape: {
    text: json({
      generationTime: "2026-01-01T00:00:00Z",
      summaryDetails: {},
      resources: [{ resourceID: "a" }, { resourceID: "b" }],
      results: [
        { resourceID: "a", controls: [{ controlID: "C-1" }] },
        { resourceID: "b", controls: [] },
      ],
    }),
    records: 2,
    clean: json({ generationTime: "2026-01-01T00:00:00Z", summaryDetails: {}, resources: null }),
  },
  "kube-bench": {
    text: json({
      Controls: [
        { id: "1", node_type: "master", tests: [{ section: "1.1", results: [check("1.1.1"), check("1.1.2")] }] },
        { id: "2", node_type: "etcd", tests: [{ section: "2", results: [check("2.1")] }] },
      ],
      Totals: { total_fail: 3 },
    }),
    records: 3,
    clean: json({ Controls: [], Totals: {} }),
  },
  semgrep: {
    text: json({
      version: "1.185.0",
      results: [
        { check_id: "no-eval", path: "a.py", start: { offset: 1 }, extra: {} },
        { check_id: "no-eval", path: "a.py", start: { offset: 9 }, extra: {} },
      ],
      errors: [],
      paths: { scanned: ["a.py"] },
    }),
    records: 2,
    clean: json({ version: "1.185.0", results: [], errors: [], paths: {} }),
  },
  bandit: {
    text: json({
      errors: [],
      generated_at: "2026-11-30T20:27:02Z",
      metrics: { _totals: {} },
      results: [{ test_id: "B403", issue_severity: "LOW", filename: "a.py", line_number: 1 }],
    }),
    records: 1,
    clean: json({ errors: [], generated_at: "2026-11-30T20:27:02Z", metrics: {}, results: [] }),
  },
  gosec: {
    text: json({ Issues: [{ severity: "LOW", cwe: null, rule_id: "G104", file: "a.go", line: "7" }], Stats: {} }),
    records: 1,
    clean: json({ Issues: null, Stats: { found: 0 } }),
  },
  gitleaks: {
    text: json([
      { RuleID: "pat", Secret: "REDACTED", StartLine: 1, Fingerprint: "c:a:pat:1" },
      { RuleID: "pat", Secret: "REDACTED", StartLine: 2, Fingerprint: "c:a:pat:2" },
    ]),
    records: 2,
  },
  nuclei: {
    text: [1, 2, 3]
      .map((n) => `{"template-id":"t${n}","info":{},"matched-at":"http://a","timestamp":"2026-01-0${n}T00:00:00Z"}\n`)
      .join(""),
    records: 3,
  },
  "npm-audit": {
    text: json({ auditReportVersion: 2, vulnerabilities: { a: { name: "a" }, b: { name: "b" } }, metadata: {} }),
    records: 2,
    clean: json({ actions: [], advisories: {}, muted: [], metadata: {} }),
  },
  snyk: {
    text: json([
      { vulnerabilities: [vulnerability("S1"), vulnerability("S2")], dependencyCount: 9, packageManager: "npm" },
      { vulnerabilities: [vulnerability("S1")], dependencyCount: 1, packageManager: "pip" },
    ]),
    records: 3,
    clean: json({ vulnerabilities: [], ok: true, dependencyCount: 2, packageManager: "npm" }),
  },
  hadolint: { text: json([{ code: "DL3008", level: "warning", line: 9, column: 1, file: "Dockerfile" }]), records: 1 },
  falco: {
    text: '{"output":"o","priority":"Warning","rule":"r","time":"2016-08-04T16:17:57.881781397Z","output_fields":{}}\n',
    records: 1,
  },
  sarif: {
    text: json({ version: "2.1.0", runs: [RUN, { tool: {}, results: null }, RUN] }),
    records: 4,
    clean: json({ version: "2.1.0", runs: [] }),
  },
};

function check(number: string): object {
  return { test_number: number, test_desc: "d", status: "FAIL" };
}

function vulnerability(id: string): object {
  return { id, packageName: "p", version: "1", identifiers: {}, semver: {} };
}
