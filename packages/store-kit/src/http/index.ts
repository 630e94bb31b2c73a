// What stores across a network share: connections, TLS, proxies, requests and answers.
export * from "./agent.ts";
export * from "./answer.ts";
export * from "./blames.ts";
export * from "./cookies.ts";
export * from "./describe-url.ts";
export * from "./failure.ts";
export * from "./network-error.ts";
export * from "./proxy.ts";
export * from "./report-check.ts";
export * from "./server.ts";
export * from "./server-url.ts";
export * from "./shown-request.ts";
export * from "./tls.ts";
export * from "./way-text.ts";
