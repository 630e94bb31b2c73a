import type { Meaning, ServerAnswer } from "@cloudmarker/store-kit/http";

const SCOPE = "; check the secret key, aws.region and aws.service";
const GRANT =
  "; allow it `es:ESHttp*` in the access policy of the domain, or `aoss:APIAccessAll` and a data access policy";

/** The answers of AWS in front of a domain or a collection (L-44). */
const MEANINGS: readonly (readonly [said: RegExp, Meaning])[] = [
  [/signature we calculated does not match|should be scoped to/u, ["blocked", "credentials", SCOPE]],
  [/security token .*(?:invalid|expired)/su, ["blocked", "credentials", "; give other AWS credentials"]],
  [/is not authorized to perform/u, ["blocked", "no_permission", GRANT]],
  [/^Forbidden: /u, ["blocked", "no_permission", GRANT]],
];

/** A signature is valid for five minutes. */
const CLOCK = /Signature (?:expired|not yet current)/u;

/** The meaning of an answer of AWS for a request, or undefined if it is none of these. */
export function awsMeaning(said: string, { headers, atMs }: ServerAnswer): Meaning | undefined {
  if (CLOCK.test(said)) return ["blocked", "clock", clockAdvice(String(headers["date"]), atMs)];
  return MEANINGS.find(([known]) => known.test(said))?.[1];
}

/** @param date - the time that the server gives */
function clockAdvice(date: string, atMs: number): string {
  const aheadMs = atMs - Date.parse(date);
  // Empty if the server does not give the time.
  if (Number.isNaN(aheadMs)) return "; set the clock of this machine";
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  const way = aheadMs > 0 ? "ahead of" : "behind";
  return `; the clock of this machine is ${minutes} min ${way} that of the server (${date}): set it`;
}

/** The reason of AWS without the text after it: if AWS shows the request, the session token is in it. */
export function awsReason({ message, Message }: Readonly<Record<string, unknown>>): string | undefined {
  const text = message ?? Message;
  return typeof text === "string" ? text.replace(/\s*The Canonical String.*$/su, "") : undefined;
}
