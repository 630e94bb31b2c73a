import type { Outcome, StoreError } from "@cloudmarker/store-api";
import type { HttpAnswer } from "@cloudmarker/store-kit/http";
import { describe, expect, it } from "vitest";
import {
  HEC_CODES,
  type HecCode,
  hecBody,
  type HecDetails,
} from "../../../packages/store-testkit/src/servers/splunk/codes.ts";
import { type IndexKnown, judge, type Verdict } from "../src/outcomes.ts";
import { recordsOf } from "./support.ts";

const HTML = "<html><title>Bad Gateway</title></html>";

/** A request, and what is known of its index. */
type Question = readonly [request: Parameters<typeof judge>[1], index: IndexKnown];

function questionOf(count: number, { bytes = 500, index = "only" as IndexKnown } = {}): Question {
  return [{ name: "main", records: recordsOf(count), body: Buffer.alloc(bytes) }, index];
}

/** Who answers, and when. */
const BY = { peer: "https://splunk.example:8088", atMs: 0 };

function judgeOf(answer: HttpAnswer, question: Question): Verdict {
  return judge({ ...answer, ...BY }, ...question);
}

function answerOf(code: HecCode, details: HecDetails = {}, headers: HttpAnswer["headers"] = {}): HttpAnswer {
  return { status: HEC_CODES[code].status, headers, body: JSON.stringify(hecBody(code, details)) };
}

function other(status: number, body = HTML, headers: HttpAnswer["headers"] = {}): HttpAnswer {
  return { status, headers, body };
}

/** What is known of the records, in short: the error for all of them, or each outcome. */
function verdictOf(answer: HttpAnswer, question = questionOf(4)): string | string[] {
  try {
    const { outcomes, taken } = judgeOf(answer, question);
    const all = question[0].records.map((_, at) => describeOutcome(outcomes, at));
    expect(all.filter((one) => one === "written")).toHaveLength(taken);
    return all;
  } catch (error) {
    const { status, code } = error as StoreError;
    return `${status} ${code}`;
  }
}

function describeOutcome(outcomes: readonly Outcome[], at: number): string {
  return outcomes.find(({ index }) => index === at)?.status ?? "written";
}

const WRITTEN = ["written", "written", "written", "written"];

describe("the code table of section 2.2", () => {
  const table: [HecCode, string | string[]][] = [
    [0, WRITTEN],
    [24, WRITTEN],
    [25, WRITTEN],
    [1, "blocked credentials"],
    [4, "blocked credentials"],
    [2, "blocked credentials"],
    [3, "blocked credentials"],
    [16, "blocked credentials"],
    [21, "blocked credentials"],
    [22, "blocked credentials"],
    [5, "reject no_data"],
    [8, "unknown server_error"],
    [9, "retry busy"],
    [18, "retry unhealthy"],
    [19, "retry unhealthy"],
    [20, "retry unhealthy"],
    [23, "retry shutting_down"],
    [26, "retry queue_full"],
    [27, "retry queue_full"],
    [10, "blocked channel"],
    [11, "blocked channel"],
    [28, "blocked channel"],
    [14, "blocked ack_disabled"],
  ];
  it.each(table)("code %i means: %s", (code, verdict) => {
    expect(verdictOf(answerOf(code))).toEqual(verdict);
  });

  it.each([6, 12, 13, 15] as const)("code %i: the events before the bad one are written (HEC decision 4)", (code) => {
    expect(verdictOf(answerOf(code, { invalidEvent: 0 }))).toEqual(["reject", "retry", "retry", "retry"]);
    expect(verdictOf(answerOf(code, { invalidEvent: 2 }))).toEqual(["written", "written", "reject", "retry"]);
    expect(verdictOf(answerOf(code, { invalidEvent: 3 }))).toEqual(["written", "written", "written", "reject"]);
  });

  it.each([6, 7, 12, 13, 15] as const)(
    "code %i without a number, or with one outside, is bisected (HEC-20)",
    (code) => {
      const question = questionOf(4, { index: "proven" });
      for (const invalidEvent of [undefined, 9, -1])
        expect(verdictOf(answerOf(code, { invalidEvent }), question)).toMatch(/^reject /);
    },
  );

  it("a busy server that names an event leaves the events before it in doubt (HEC-21)", () => {
    expect(verdictOf(answerOf(9, { invalidEvent: 0 }))).toEqual(["retry", "retry", "retry", "retry"]);
    expect(verdictOf(answerOf(9, { invalidEvent: 2 }))).toEqual(["unknown", "unknown", "retry", "retry"]);
    expect(verdictOf(answerOf(9, { invalidEvent: 10 }))).toEqual(["unknown", "unknown", "unknown", "unknown"]);
  });

  it("Retry-After is handed on", () => {
    expect(() => judgeOf(answerOf(9, {}, { "retry-after": "7" }), questionOf(1))).toThrow(
      expect.objectContaining({ retryAfterMs: 7000 }),
    );
  });

  it("a code that does not exist, or does not fit the status, decides nothing", () => {
    expect(verdictOf(other(200, '{"text":"New","code":99}'))).toBe("unknown wrong_answer");
    expect(verdictOf(other(502, '{"text":"Success","code":0}'))).toBe("unknown wrong_answer");
  });
});

describe("code 7, which names the object behind the one with the wrong index (HEC-07)", () => {
  it("with several indexes, one that has accepted records refuses only that object", () => {
    const question = questionOf(4, { index: "proven" });
    expect(verdictOf(answerOf(7, { invalidEvent: 2 }), question)).toEqual(["written", "reject", "retry", "retry"]);
    expect(verdictOf(answerOf(7, { invalidEvent: 4 }), question)).toEqual(["written", "written", "written", "reject"]);
  });

  it("with one index for everything, no record is lost", () => {
    expect(verdictOf(answerOf(7, { invalidEvent: 1 }))).toBe("blocked wrong_index");
    expect(verdictOf(answerOf(7, { invalidEvent: 3 }))).toEqual(["written", "written", "blocked", "retry"]);
  });

  it("of several indexes, the records of the wrong one are refused at once", () => {
    const question = questionOf(4, { index: "one of several" });
    expect(verdictOf(answerOf(7, { invalidEvent: 1 }), question)).toEqual(["reject", "reject", "reject", "reject"]);
  });
});

describe("the size (HEC-08)", () => {
  it("a 413 is too large", () => {
    expect(verdictOf(other(413))).toBe("too_large too_large");
  });

  it("so is what Cloud says of the first object of a large body", () => {
    const answer = answerOf(6, { invalidEvent: 0 });
    expect(verdictOf(answer, questionOf(4, { bytes: 5_242_881 }))).toBe("too_large too_large");
    expect(verdictOf(answer, questionOf(4, { bytes: 5_242_880 }))).toEqual(["reject", "retry", "retry", "retry"]);
  });
});

describe("what is not an answer of Splunk (HEC-22)", () => {
  it.each([
    [other(200), "unknown wrong_answer"],
    [other(200, ""), "unknown wrong_answer"],
    [other(200, "{}"), "unknown wrong_answer"],
    [other(200, '{"code":"0"}'), "unknown wrong_answer"],
    [other(200, '{"text":"Success","co'), "unknown wrong_answer"],
    [other(400), "unknown wrong_answer"],
    [other(500), "unknown wrong_answer"],
    [other(502), "unknown wrong_answer"],
    [other(503), "unknown wrong_answer"],
    [other(504), "unknown wrong_answer"],
    [other(503, HTML, { "retry-after": "1" }), "retry busy"],
    [other(429), "retry busy"],
    [other(401), "blocked refused_by_proxy"],
    [other(403), "blocked refused_by_proxy"],
    [other(415), "blocked gzip"],
    [other(303, "", { location: "/en-US/account/login" }), "blocked redirected"],
    [other(404, '{"text":"The requested URL was not found on this server.","code":404}'), "blocked wrong_url"],
    [other(405, '{"text":"The requested URL was not found on this server.","code":404}'), "blocked wrong_url"],
  ])("%j means: %s", (answer, verdict) => {
    expect(verdictOf(answer)).toBe(verdict);
  });

  it("the message names the server, what answered, and what to do", () => {
    expect(() => judgeOf(other(303, "", { location: "/login?token=x" }), questionOf(1))).toThrow(
      "https://splunk.example:8088 answers 303: this is a server that redirects to /login, or the path is wrong. The collector has a port of its own, 8088 mostly; see the param uri.",
    );
  });
});

it("the id of an acknowledgement may be 0 (HEC-30), and comes with a refused event as well (HEC-34)", () => {
  expect(judgeOf(answerOf(0, { ackId: 0 }), questionOf(1)).ackId).toBe(0);
  expect(judgeOf(answerOf(6, { invalidEvent: 1, ackId: 3 }), questionOf(2))).toMatchObject({ ackId: 3, taken: 1 });
});
