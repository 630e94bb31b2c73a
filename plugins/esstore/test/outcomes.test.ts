import type { ServerAnswer } from "@cloudmarker/store-kit/http";
import { expect, test } from "vitest";
import { bulkOutcomes, requestError } from "../src/outcomes.ts";
import type { BulkOutcomes } from "../src/outcomes.ts";

const PEER = "http://es:9200";

function answerOf(json: unknown, status = 200, headers: ServerAnswer["headers"] = {}): ServerAnswer {
  return { status, headers, body: typeof json === "string" ? json : JSON.stringify(json), peer: PEER, atMs: 0 };
}

/** What items mean that were sent to these indices, at positions 10, 11, …. */
function read(
  items: readonly object[],
  indices: readonly string[] = items.map(() => "x"),
  op: "create" | "index" = "create",
): BulkOutcomes {
  const sent = indices.map((index, n) => ({ position: 10 + n, id: `r${n}`, index, isDiverted: false }));
  const answer = answerOf({ errors: true, items: items.map((item) => ({ [op]: item })) });
  return bulkOutcomes(answer, sent, op);
}

function failed(status: number, type = "some_exception", reason = "why"): object {
  return { status, error: { type, reason } };
}

/** What a node says that has nothing else under way, here of 60 MB. */
const TOO_MUCH = [
  "es_rejected_execution_exception",
  "rejected execution of coordinating operation [coordinating_and_primary_bytes=0, replica_bytes=0, all_bytes=0, coordinating_operation_bytes=60000258, max_coordinating_and_primary_bytes=51897958]",
] as const;
const BLOCK = ["cluster_block_exception", "index [x] blocked by: [FORBIDDEN/8/index write (api)];"] as const;

const OK = { status: 201, result: "created" };

test.each([
  ["ES-21", "a created document is written", OK, undefined],
  ["ES-21", "what a pipeline dropped is written", { status: 200, result: "noop" }, undefined],
  [
    "ES-22",
    "what went to the failure store is written, diverted",
    { status: 201, failure_store: "used" },
    { status: "written", diverted: true },
  ],
  ["ES-23", "a 409 on our own id is a duplicate", failed(409), { status: "duplicate" }],
  [
    "ES-24",
    "a 429 is tried again",
    failed(429, "es_rejected_execution_exception"),
    { status: "retry", code: "es_rejected_execution_exception" },
  ],
  [
    "ES-25",
    "a 503 is tried again",
    failed(503, "unavailable_shards_exception"),
    { status: "retry", code: "unavailable_shards_exception" },
  ],
  ["ES-25", "a 500 is tried again", failed(500), { status: "retry" }],
  [
    "ES-25",
    "a 500 of a pipeline that refuses the record is none of these: it is rejected",
    failed(500, "fail_processor_exception"),
    { status: "reject", code: "fail_processor_exception" },
  ],
  ["ES-24", "what a node will never take is tried again alone first", failed(429, ...TOO_MUCH), { status: "retry" }],
  ["ES-26", "a 413 is rejected", failed(413), { status: "reject" }],
  [
    "ES-27",
    "a missing index is not the record's fault",
    failed(404, "index_not_found_exception"),
    { status: "blocked", code: "index_not_found_exception" },
  ],
  [
    "ES-27",
    "a missing privilege is not the record's fault",
    failed(403, "security_exception"),
    { status: "blocked", code: "security_exception" },
  ],
  ["ES-27", "a closed index is not the record's fault", failed(400, "index_closed_exception"), { status: "blocked" }],
  [
    "ES-27",
    "a missing pipeline is not the record's fault",
    failed(400, "illegal_argument_exception", "pipeline with id [p] does not exist"),
    { status: "blocked" },
  ],
  ["ES-20", "an item without a status is unknown", {}, { status: "unknown" }],
])("%s: %s", (_id, _title, item, expected) => {
  const { outcomes, refused } = read([OK, item], ["ok", "x"]);
  expect(refused).toEqual([]);
  expect(outcomes).toMatchObject(expected === undefined ? [] : [{ index: 11, ...expected }]);
});

test("a 400 for the content of a record keeps type, reason and all causes (ES-26)", () => {
  const error = {
    type: "document_parsing_exception",
    reason: "[1:9] failed to parse",
    caused_by: { type: "illegal_argument_exception", reason: "bad", caused_by: { type: "deep", reason: "deeper" } },
  };
  expect(read([{ status: 400, error }])).toEqual({
    outcomes: [],
    dropped: 0,
    renamed: 0,
    refused: [
      {
        name: "x",
        outcome: {
          index: 10,
          status: "reject",
          code: "document_parsing_exception",
          reason: "document_parsing_exception: [1:9] failed to parse (illegal_argument_exception: bad (deep: deeper))",
        },
      },
    ],
  });
});

test("if causes nest deeper than the call stack allows, the first ten are shown (L-18)", () => {
  const depth = 50_000;
  const text = `${'{"type":"t","reason":"r","caused_by":'.repeat(depth)}null${"}".repeat(depth)}`;
  expect(requestError(answerOf(`{"error":${text}}`, 503)).message).toContain(
    `${"t: r (".repeat(9)}t: r${")".repeat(9)}`,
  );
});

test.each([
  [{ type: "x_exception", reason: null, caused_by: null }, "x_exception", "x_exception: no reason given"],
  [{ type: null, reason: "why" }, "wrong_answer", "error: why"],
  [{ type: "x", caused_by: { type: null, reason: null } }, "x", "x: no reason given (error: no reason given)"],
])("an answer with an empty part is still read: %j (ES-26)", (error, code, reason) => {
  const { outcomes, refused } = read([OK, { status: 400, error }, failed(503)]);
  expect(refused).toMatchObject([{ outcome: { index: 11, code, reason } }]);
  expect(outcomes).toMatchObject([{ index: 12, status: "retry" }]);
  expect(requestError(answerOf({ error }, 503))).toMatchObject({ status: "retry", code: "unavailable" });
  expect(requestError(answerOf({ error }, 400)).message).toContain(reason);
});

test("a reason that quotes a long record is cut, and on one line (ES-26)", () => {
  const { refused } = read([failed(400, "document_parsing_exception", `failed to parse:\n${"x".repeat(1000)}`)]);
  const reason = refused[0]?.outcome.reason ?? "";
  expect(reason).toMatch(/^document_parsing_exception: failed to parse: x+…$/);
  expect(reason.length).toBe("document_parsing_exception: ".length + 500);
});

test.each([
  ["r", "r: version conflict", 1],
  ["r", "r", 0],
  ['[a]b\n"é😀', '[a]b\n"é😀', 0],
  ["a", "[a]", 1],
])("a 409 on %j whose reason names %j is a duplicate; one of another id is reported (ES-23)", (id, named, renamed) => {
  const reason = `[${named}]: version conflict, document already exists (current version [1])`;
  const of = (error: object): BulkOutcomes =>
    bulkOutcomes(
      answerOf({ items: [{ create: { status: 409, error } }] }),
      [{ position: 0, id, index: "x", isDiverted: false }],
      "create",
    );
  expect(of({ reason })).toMatchObject({ outcomes: [{ index: 0, status: "duplicate" }], renamed });
  // If no id is named, the outcome is unknown.
  expect(of({ reason: "there already" })).toMatchObject({ outcomes: [{ status: "duplicate" }], renamed: 0 });
});

test("a 409 is rejected if records are overwritten (ES-23)", () => {
  expect(read([failed(409)], ["x"], "index").outcomes).toMatchObject([{ index: 10, status: "reject" }]);
});

test("a 403 or 404 blocks only if the index takes no record at all (ES-27)", () => {
  const missing = failed(404, "index_not_found_exception");
  const { outcomes } = read([missing, OK, missing, missing], ["a", "a", "b", "b"]);
  expect(outcomes.map(({ index, status }) => [index, status])).toEqual([
    [10, "reject"],
    [12, "blocked"],
    [13, "blocked"],
  ]);
});

test.each([
  ["index_not_found_exception", 400],
  ["index_not_found_exception", 404],
  ["index_not_found_exception", 410],
  ["security_exception", 400],
  ["security_exception", 403],
  ["security_exception", 422],
])("%s with the status %i is the fault of the index too, but not if a record is accepted (ES-27)", (type, status) => {
  const { outcomes, refused } = read([failed(status, type), failed(status, type), OK], ["a", "b", "b"]);
  expect(outcomes).toMatchObject([
    { index: 10, status: "blocked", code: type },
    { index: 11, status: "reject", code: type },
  ]);
  // Another form of the record would not help.
  expect(refused).toEqual([]);
});

test.each([
  [failed(404, "index_not_found_exception"), /^index_not_found_exception: why; create it, or let the server create/],
  [
    failed(
      404,
      "index_not_found_exception",
      "no such index [x] and [require_alias] request flag is [true] and [x] is not an alias",
    ),
    /; give an index that alias, or leave out `require_alias`$/,
  ],
  [failed(403, ...BLOCK), /; lift the block \(index\.blocks\.\* of the index/],
  [failed(403, "security_exception"), /^security_exception: why; grant `create_doc`/],
  [failed(400, "index_closed_exception"), /; open the index$/],
  [
    failed(
      400,
      "strict_dynamic_mapping_exception",
      "[1:9] mapping set to strict, dynamic introduction of [@timestamp] within [_doc] is not allowed",
    ),
    /: add `@timestamp` to it as a date, or choose `timestamp: false`$/,
  ],
  [
    failed(
      400,
      "validation_exception",
      "this action would add [2] shards, but this cluster has [1000]/[1000] maximum normal shards open",
    ),
    /; the cluster has no room for another index$/,
  ],
  [
    failed(400, "illegal_argument_exception", "pipeline with id [p] does not exist"),
    /; create the pipeline, or change `pipeline`$/,
  ],
  [
    failed(400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams"),
    /; choose `op: create`$/,
  ],
  [
    failed(400, "illegal_argument_exception", "no write index is defined for alias [x]"),
    /; give the alias a write index$/,
  ],
])("%j says what to do (ES-27)", (item, reason) => {
  expect(read([item]).outcomes).toMatchObject([{ status: "blocked", reason: expect.stringMatching(reason) }]);
});

test.each([
  ["a block on its index", failed(403, ...BLOCK), ["x", "x"], "retry"],
  ["a block on another index", failed(403, ...BLOCK), ["ok", "x"], "retry"],
  ["a block of another kind", failed(403, "cluster_block_exception", "blocked by: [X];"), ["x", "x"], "retry"],
  ["an index that was closed meanwhile", failed(400, "index_closed_exception"), ["x", "x"], "retry"],
])("%s is not a fault of a record while others are taken: it is sent again (L-48)", (_what, item, indices, status) => {
  expect(read([OK, item], indices).outcomes).toMatchObject([{ index: 11, status }]);
  expect(read([item], ["x"]).outcomes).toMatchObject([{ index: 10, status: "blocked" }]);
});

test("an index that is busy is not a proof that it takes records (ES-27)", () => {
  const { outcomes } = read([failed(429), failed(404, "index_not_found_exception")], ["a", "a"]);
  expect(outcomes.map(({ status }) => status)).toEqual(["retry", "blocked"]);
});

test("records that a node never accepts together are halved, once they are alone in the batch (ES-24)", () => {
  const tooMuch = failed(429, ...TOO_MUCH);
  expect(() => read([tooMuch, tooMuch])).toThrow(expect.objectContaining({ status: "too_large", code: "too_large" }));
  expect(() => read([tooMuch])).toThrow(/all_bytes=0, .*; see indexing_pressure\.memory\.limit there, or lower/);
  const busy = failed(429, TOO_MUCH[0], TOO_MUCH[1].replace("all_bytes=0", "all_bytes=50"));
  expect(read([tooMuch, busy]).outcomes).toMatchObject([{ status: "retry" }, { status: "retry" }]);
});

test("an answer for more or fewer records than were sent says nothing about any (ES-29)", () => {
  expect(() => read([OK], ["x", "x"])).toThrow(
    expect.objectContaining({
      status: "unknown",
      message: `${PEER} answered for 1 records where 2 were sent.`,
    }),
  );
});

const PAGE = "<html><title>Sign in</title></html>";

test.each([
  ["", "an empty body"],
  [PAGE, PAGE],
  [{ took: 1 }, '{"took":1}'],
])("a 200 with %j is not taken for success, and the error says what came and what to do (ES-33)", (json, what) => {
  expect(() =>
    bulkOutcomes(answerOf(json), [{ position: 0, id: "r0", index: "x", isDiverted: false }], "create"),
  ).toThrow(
    expect.objectContaining({
      status: "unknown",
      code: "wrong_answer",
      message: `${PEER} answers 200 with ${what}, which does not say what became of the request. Check the address, and the proxies on the way to it.`,
    }),
  );
});

test.each([
  [429, {}, "retry", "overloaded"],
  [502, {}, "retry", "unavailable"],
  [503, {}, "retry", "unavailable"],
  [504, {}, "retry", "unavailable"],
  [500, {}, "unknown", "server_error"],
  [401, {}, "blocked", "credentials"],
  [403, {}, "blocked", "no_permission"],
  [404, {}, "blocked", "wrong_server"],
  [405, { error: "Incorrect HTTP method" }, "blocked", "wrong_server"],
  [406, { error: "Content-Type header is not supported" }, "blocked", "version"],
  [400, { error: { type: "media_type_header_exception", reason: "x" } }, "blocked", "version"],
  [
    400,
    { error: { type: "illegal_argument_exception", reason: "request [/_bulk] contains unrecognized parameter: [x]" } },
    "blocked",
    "wrong_server",
  ],
  [
    400,
    { error: { type: "action_request_validation_exception", reason: "x" } },
    "reject",
    "action_request_validation_exception",
  ],
  [400, { timestamp: "x", status: 400, error: "Bad Request", path: "/_bulk" }, "unknown", "bad_request"],
  [
    400,
    { error: { code: 400, message: "The API key is not valid", status: "INVALID_ARGUMENT" } },
    "unknown",
    "bad_request",
  ],
  [400, { error: "ActionRequestValidationException[Validation Failed]", status: 400 }, "reject", "bad_request"],
  [400, { error: null }, "blocked", "wrong_server"],
  [400, "<html>400 The plain HTTP request was sent to HTTPS port</html>", "blocked", "wrong_server"],
  [413, {}, "too_large", "too_large"],
  [429, { error: { type: TOO_MUCH[0], reason: TOO_MUCH[1] } }, "too_large", "too_large"],
  [429, { error: { type: "rejected_execution_exception", reason: TOO_MUCH[1] } }, "too_large", "too_large"],
  [429, { error: { type: TOO_MUCH[0], reason: "[all_bytes=10, x=1]" } }, "retry", "overloaded"],
  [403, { error: { type: BLOCK[0], reason: BLOCK[1] } }, "blocked", "read_only"],
  [302, {}, "blocked", "redirected"],
  [418, {}, "blocked", "refused_request"],
  [204, "", "unknown", "wrong_answer"],
])("a whole request answered by %i %j is %s %s (ES-31)", (status, json, wanted, code) => {
  expect(requestError(answerOf(json, status))).toMatchObject({ status: wanted, code });
});

test("the wait that the server asks for is passed on (ES-31)", () => {
  expect(requestError(answerOf({}, 503, { "retry-after": "7" }))).toMatchObject({ retryAfterMs: 7000 });
});

test("a written record that was diverted is reported as diverted", () => {
  const sent = [true, false, true, true].map((isDiverted, position) => ({ position, id: "r", index: "x", isDiverted }));
  const items = [{ status: 201 }, { status: 201 }, { status: 409 }, { status: 200, result: "noop" }].map((create) => ({
    create,
  }));
  const { outcomes, dropped } = bulkOutcomes(answerOf({ errors: true, items }), sent, "create");
  // What a pipeline dropped is nowhere.
  expect(dropped).toBe(1);
  expect(outcomes).toEqual([
    { index: 0, status: "written", diverted: true },
    { index: 2, status: "duplicate" },
  ]);
});
