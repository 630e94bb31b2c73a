import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DATA = new URL("../../../shared/data/", import.meta.url);

/** Real scanner output is beside the repository on some machines. It is not part of the repository. */
export const hasSharedData: boolean = existsSync(DATA);

/** One way to read one real file, and how many records its scanner reported. */
export interface Sample {
  readonly file: string;
  readonly select?: string;
  readonly count: number;
}

/** Every file, with the counts of its source note; wrappers at each record path that they have. */
export const SAMPLES: readonly Sample[] = [
  { file: "prowler/example_output_aws.ocsf.json", count: 5 },
  { file: "prowler/prowler-output.asff.json", count: 731 },
  { file: "prowler/many_vuln.json", count: 6 },
  { file: "cloud-custodian/resources.json", count: 1 },
  { file: "gcp-asset-inventory/mock_cai_resources.dump", count: 133 },
  { file: "trivy/issue_9170.json", select: "Resources", count: 13 },
  { file: "trivy/issue_9170.json", count: 1 },
  { file: "kubescape/many_findings.json", select: "resources", count: 44 },
  { file: "kubescape/many_findings.json", select: "results", count: 44 },
  { file: "npm-audit/multiple_cwes.json", count: 1 },
  { file: "falco/single_rule_with_cat_write.json", count: 8 },
  { file: "checkov/checkov_sample.json", select: "results.passed_checks", count: 204 },
  { file: "checkov/checkov_sample.json", select: "/results/failed_checks", count: 28 },
];

/** Path of a real file. */
export function samplePath(file: string): string {
  return fileURLToPath(new URL(file, DATA));
}

/**
 * A real file with the white space between its JSON tokens removed, by a reader that shares nothing with the product.
 */
export function compactSample(file: string): string {
  return compact(readFileSync(samplePath(file), "utf8"));
}

/** JSON text without the white space between its tokens. */
export function compact(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string: string | undefined) => string ?? "");
}
