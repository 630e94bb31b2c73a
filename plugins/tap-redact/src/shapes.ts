/** The names of the known shapes. */
export const SHAPE_NAMES = [
  "aws_access_key",
  "github_token",
  "gitlab_token",
  "google_api_key",
  "npm_token",
  "slack_token",
  "stripe_key",
  "jwt",
  "bearer",
  "url_password",
  "private_key",
] as const;

/** The name of a known shape. */
export type ShapeName = (typeof SHAPE_NAMES)[number];

/** A kind of secret that can be told by its form. */
interface Shape {
  /** A text without any of these has no such secret: most texts need no pattern. */
  readonly hints: readonly string[];
  /**
   * With the flag `g`. What is named `secret` is redacted, else all of the match. Each is bounded, or begins only where
   * the text before it could not be a part of it, so that no text takes long.
   */
  readonly pattern: RegExp;
}

/** The known shapes, by name. */
const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  aws_access_key: {
    hints: ["AKIA", "ASIA"],
    pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  },
  github_token: {
    hints: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    pattern: /\b(?:gh[opsur]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b/g,
  },
  gitlab_token: {
    hints: ["glpat-"],
    pattern: /\bglpat-[\w-]{20,255}/g,
  },
  google_api_key: {
    hints: ["AIza"],
    pattern: /\bAIza[\w-]{35}(?![\w-])/g,
  },
  npm_token: {
    hints: ["npm_"],
    pattern: /\bnpm_[A-Za-z0-9]{36}\b/g,
  },
  slack_token: {
    hints: ["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"],
    pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,255}/g,
  },
  stripe_key: {
    hints: ["k_live_"],
    pattern: /\b[rs]k_live_[A-Za-z0-9]{16,255}\b/g,
  },
  jwt: {
    hints: ["eyJ"],
    pattern: /(?<![\w-])eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g,
  },
  bearer: {
    hints: ["earer ", "asic ", "EARER ", "ASIC "],
    pattern: /\b(?:Bearer|Basic) (?<secret>[\w.~+/-]{16,4096}=*)/dgi,
  },
  url_password: {
    hints: ["://"],
    pattern: /:\/\/[^\s/:@]{0,255}:(?<secret>[^\s/@]{1,255})@/dg,
  },
  private_key: {
    hints: ["PRIVATE KEY-----"],
    pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----))*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  },
};

/** Replaces the secrets of these shapes in a text. */
export function replaceSecrets(
  text: string,
  shapes: readonly ShapeName[],
  replaced: (secret: string) => string,
): string {
  let result = text;
  for (const name of shapes) {
    const { hints, pattern } = SHAPES[name];
    if (!hints.some((hint) => result.includes(hint))) continue;
    let end = 0;
    let before = "";
    for (const match of result.matchAll(pattern)) {
      const [from, to] = match.indices?.groups?.["secret"] ?? [match.index, match.index + match[0].length];
      before += result.slice(end, from) + replaced(result.slice(from, to));
      end = to;
    }
    result = before + result.slice(end);
  }
  return result;
}
