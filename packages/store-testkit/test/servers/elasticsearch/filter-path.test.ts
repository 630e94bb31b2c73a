import { expect, test } from "vitest";
import { filterPath } from "../../../src/servers/elasticsearch/filter-path.ts";

const answer = {
  took: 1,
  errors: true,
  items: [
    { create: { _id: "a", status: 201 } },
    { index: { _id: "b", status: 409, error: { type: "t", reason: "r" } } },
  ],
};

test.each([
  ["took", { took: 1 }],
  ["errors,items.*.status", { errors: true, items: [{ create: { status: 201 } }, { index: { status: 409 } }] }],
  ["items.create", { items: [{ create: { _id: "a", status: 201 } }] }],
  ["items.*.error.type", { items: [{ index: { error: { type: "t" } } }] }],
  ["**.reason", { items: [{ index: { error: { reason: "r" } } }] }],
  ["items.*.stat*,-items.index", { items: [{ create: { status: 201 } }] }],
  ["-took,-items", { errors: true }],
  ["items", { items: answer.items }],
  ["nothing", {}],
])("filter_path=%s", (parameter, expected) => {
  expect(filterPath(answer, parameter)).toEqual(expected);
});
