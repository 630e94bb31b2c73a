import { expect, test } from "vitest";
import { excerpt } from "../../src/http/index.ts";

test.each([
  ["Authorization: Splunk abc-def\r\nAccept: */*", "Authorization: Splunk ******** Accept: */*"],
  ['{"headers":{"authorization":"Basic dTpw+/=="}}', '{"headers":{"authorization":"Basic ********"}}'],
  ['{"Authorization":["ApiKey aWQ6a2V5"]}', '{"Authorization":["ApiKey ********"]}'],
  ["<td>Authorization</td><td>Bearer a.b.c</td>", "<td>Authorization</td><td>Bearer ********</td>"],
  ["HTTP_AUTHORIZATION=Splunk abc", "HTTP_AUTHORIZATION=Splunk ********"],
  ["no authorization", "no authorization"],
])("an excerpt of %j has no secret in it", (body, shown) => {
  expect(excerpt(body)).toBe(shown);
});
