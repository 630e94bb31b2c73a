// What stores across a network have in common, apart from the contract itself: whoever writes another one will need the same.
export * from "./body-writer.ts";
export * from "./com-keys.ts";
export * from "./describe-http.ts";
export * from "./groups.ts";
export * from "./http-answer.ts";
export * from "./http-failure.ts";
export * from "./http-server.ts";
export * from "./meanings.ts";
export * from "./member-writer.ts";
export * from "./memo.ts";
export * from "./name-template.ts";
export * from "./network-error.ts";
export * from "./record-reader.ts";
export * from "./record-time.ts";
export * from "./report-check.ts";
export * from "./server-url.ts";
export * from "./tls.ts";
