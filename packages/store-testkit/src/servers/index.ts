// Servers of the kind that stores write to, in memory and on 127.0.0.1, whose faults a test scripts.
export { FaultScript } from "./fault-script.ts";
export type { Listener } from "./listener.ts";

export { answer, type Fault, type HttpFaults, httpFaults } from "./http/faults.ts";
export { type Answer, jsonAnswer, type Reply } from "./http/reply.ts";
export type { ReceivedRequest, RequestHead } from "./http/request.ts";
export { type HttpFaultServer, type HttpServerOptions, startHttpServer, type TlsOptions } from "./http/server.ts";

export type { ItemAnswer, ItemScript } from "./elasticsearch/bulk.ts";
export {
  type ElasticsearchOptions,
  type ElasticsearchServer,
  isBulk,
  startElasticsearch,
} from "./elasticsearch/server.ts";

export { type MongoFault, type MongoFaults, type MongoRequest, type WriteFault } from "./mongodb/faults.ts";
export { type MongoFaultServer, type MongoOptions, startMongo } from "./mongodb/server.ts";

export {
  codeFault,
  type CodeFaultOptions,
  isAckPoll,
  isEventPost,
  isHealthCheck,
  noAckId,
} from "./splunk/code-fault.ts";
export type { HecEvent } from "./splunk/hec.ts";
export { type SplunkOptions, type SplunkServer, startSplunk } from "./splunk/server.ts";
