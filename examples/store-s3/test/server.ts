import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";

/** The bucket that the server has, and the keys that it takes. */
export const BUCKET = "records";
export const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** An S3 of its own, on a free port, with its objects in a temporary folder. It checks the id of the key. */
export async function startServer() {
  const directory = mkdtempSync(join(tmpdir(), "store-s3-"));
  let port = 0;
  let server: S3rver | undefined;
  const start = async (): Promise<void> => {
    const buckets = [{ name: BUCKET }];
    server = new S3rver({
      address: "127.0.0.1",
      port,
      directory,
      silent: true,
      // It signs the path of a bucket without the slash that the client puts behind it.
      allowMismatchedSignatures: true,
      vhostBuckets: false,
      configureBuckets: buckets,
    });
    // It reports here each request that was cut off.
    server.on("error", () => undefined);
    ({ port } = (await server.run()) as AddressInfo);
  };
  await start();
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: KEYS,
  });
  return {
    port,
    start,
    /** The lines of all objects whose names begin so. */
    async rows(prefix: string) {
      const rows: { id: string; json: string }[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: BUCKET, Prefix: prefix }))
        for (const { Key } of Contents) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
          const text = (await Body?.transformToString()) ?? "";
          for (const line of text.split("\n")) {
            if (line === "") continue;
            const { id } = JSON.parse(line) as { id: string };
            // Cut out as text: JSON.parse would lose digits.
            rows.push({ id, json: line.slice(line.indexOf('"record":') + 9, -1) });
          }
        }
      return rows;
    },
    async stop() {
      const closed = server?.close();
      server?.httpServer.closeAllConnections();
      await closed;
    },
    remove() {
      client.destroy();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
