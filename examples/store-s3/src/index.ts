import { HeadBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  type Batch,
  BlockedError,
  type Clock,
  defineStore,
  type StoreError,
  UnknownOutcomeError,
} from "@cloudmarker/store-api";
import { batchId } from "@cloudmarker/store-kit/batches";
import { byCode, httpFailure, networkError, reportCheck } from "@cloudmarker/store-kit/http";

/** What a status of S3 means for the records of an object. What is not listed may have been applied. */
const STATUSES = byCode([
  [["blocked", "credentials", "; check the keys, and their rights to the bucket"], 401, 403],
  [["blocked", "wrong_bucket", "; check the params bucket, region and endpoint"], "3xx", 404, 405],
  [["too_large", "too_large"], 413],
  [["retry", "overloaded"], 429, 503],
  [["blocked", "refused_request", "; check the params bucket, region and endpoint"], "4xx"],
]);

export default defineStore({
  name: "s3",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      bucket: { type: "string", minLength: 3, description: "Bucket for the objects. It has to be there." },
      prefix: { type: "string", default: "audit/", description: "What the names of the objects begin with." },
      region: { type: "string", minLength: 1, default: "us-east-1", description: "Region of the bucket." },
      endpoint: {
        type: "string",
        format: "uri",
        description: "Address of a server that speaks S3, such as MinIO. Without it: AWS.",
      },
      access_key_id: {
        type: "string",
        minLength: 1,
        description: "Id of the access key. Without it the AWS client looks for credentials as it always does.",
      },
      secret_access_key: { type: "string", minLength: 1, writeOnly: true, description: "The access key itself." },
    },
    required: ["bucket"],
    dependentRequired: { access_key_id: ["secret_access_key"], secret_access_key: ["access_key_id"] },
    additionalProperties: false,
  },
  // A batch that comes again whole replaces its object by the same one (SC-65). One that was cut anew leaves a record
  // in two objects, so the store is not idempotent; who reads them keeps one line for each id.
  supports: { idempotent: false, wholeBatches: true },
  batch: { records: 10_000, bytes: 8_000_000, concurrency: 4 },

  explain(batch, { bucket, prefix, region, endpoint }) {
    const url = `${addressOf(bucket, region, endpoint)}/${keyOf(batch, prefix)}`;
    return [{ method: "PUT", url, body: bodyOf(batch), records: batch.length }];
  },

  open({ bucket, prefix, region, endpoint, access_key_id, secret_access_key }, { clock, guarantee }) {
    const peer = addressOf(bucket, region, endpoint);
    // With at-most-once no connection is used that the server may be closing (SC-35).
    const agent = { keepAlive: guarantee !== "at-most-once" };
    const client = new S3Client({
      region,
      // The host retries, and has the time limits.
      maxAttempts: 1,
      requestHandler: { httpAgent: agent, httpsAgent: agent },
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(access_key_id !== undefined &&
        secret_access_key !== undefined && {
          credentials: { accessKeyId: access_key_id, secretAccessKey: secret_access_key },
        }),
    });
    const look = async (): Promise<string> => {
      try {
        await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: AbortSignal.timeout(10_000) });
      } catch (error) {
        throw meaningOf(error, peer, clock);
      }
      return `${peer} answers.`;
    };
    return {
      async write(batch, { signal }) {
        const object = { Bucket: bucket, Key: keyOf(batch, prefix), Body: bodyOf(batch) };
        const put = new PutObjectCommand({ ...object, ContentType: "application/x-ndjson" });
        const { ETag } = await client.send(put, { abortSignal: signal }).catch((error: unknown) => {
          throw meaningOf(error, peer, clock);
        });
        // A proxy on the way may answer 200 as well: S3 names the content that it took.
        if (ETag === undefined) throw new UnknownOutcomeError("wrong_answer", `${peer} does not say what it took.`);
      },
      check: () => reportCheck(look, async () => undefined),
      close: () => client.destroy(),
    };
  },
});

/** One line for each record. `json` is the record as text, which keeps every digit of its numbers. */
function bodyOf(batch: Batch): string {
  return batch.map(({ id, json }) => `{"id":${JSON.stringify(id)},"record":${json}}\n`).join("");
}

/** The name of the object: the same whenever the same records come in the same order. */
function keyOf(batch: Batch, prefix: string): string {
  return `${prefix}${batchId(batch)}.ndjson`;
}

function addressOf(bucket: string, region: string, endpoint: string | undefined): string {
  if (endpoint === undefined) return `https://${bucket}.s3.${region}.amazonaws.com`;
  return `${endpoint.replace(/\/$/u, "")}/${bucket}`;
}

/** What an error of the client means for the records. It has a status where the server has answered. */
function meaningOf(error: unknown, peer: string, clock: Clock): StoreError {
  const { name, message, $metadata, $response } = error as S3Failure;
  const status = $metadata?.httpStatusCode;
  if (status !== undefined)
    return httpFailure(
      { status, headers: $response?.headers ?? {}, body: message, peer, atMs: clock.now() },
      STATUSES,
      message === "" || message === "UnknownError" ? name : `${name}: ${message}`.replace(/\.$/u, ""),
    );
  if (name === "CredentialsProviderError")
    return new BlockedError("credentials", "There are no credentials: set access_key_id and secret_access_key.");
  return networkError(error, peer);
}

/** The part of an error of the AWS client that says what happened. */
interface S3Failure {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}
