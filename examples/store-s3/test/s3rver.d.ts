/** What the tests use of it; it comes without types. */
declare module "@20minutes/s3rver" {
  import type { EventEmitter } from "node:events";
  import type { Server } from "node:http";

  export default class S3rver extends EventEmitter {
    readonly httpServer: Server;
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly directory: string;
      readonly silent: boolean;
      readonly allowMismatchedSignatures: boolean;
      readonly vhostBuckets: boolean;
      readonly configureBuckets: readonly { readonly name: string }[];
    });
    run(): Promise<ReturnType<Server["address"]>>;
    close(): Promise<void>;
  }
}
