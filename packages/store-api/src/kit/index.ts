// What stores across a network have in common, apart from the contract itself: whoever writes another one will need the same.
export * from "./body-writer.ts";
export * from "./groups.ts";
export * from "./http-answer.ts";
export * from "./name-template.ts";
export * from "./network-error.ts";
export * from "./record-time.ts";
export * from "./server-url.ts";
export * from "./tls.ts";
