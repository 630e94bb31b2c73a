// Configurations of other programs that ship records, and their outputs.
import { isMap } from "../../realms.ts";
import type { Output } from "./entries.ts";
import { readLogstash } from "./logstash.ts";
import { readSections } from "./sections.ts";
import { Values } from "./values.ts";

/** A configuration of another program. */
export interface Foreign {
  readonly program: string;
  /** The key by which it was recognised; absent if the file is not YAML. */
  readonly key?: string;
  readonly outputs: readonly Output[];
  /** Outputs for which there is no store of ours. */
  readonly others: readonly string[];
}

type Named = readonly [kind: string, values: Values];

/** What a file that is no YAML is, if it is known. */
export function ofText(text: string): Foreign | undefined {
  if (/^[\t ]*(?:input|filter|output)[\t ]*\{/mu.test(text)) return logstash(readLogstash(text));
  const sections = readSections(text);
  if (sections.some(({ name }) => /^(?:sources|sinks)\./u.test(name)))
    return vector(sections.filter(({ name }) => name.startsWith("sinks.")).map(({ values }) => values));
  if (sections.some(({ name }) => /^(?:service|input|output)$/iu.test(name)))
    return fluentBit(sections.filter(({ name }) => /^output$/iu.test(name)).map(({ values }) => values));
  return undefined;
}

/** What a value of YAML is, if it is known. */
export function ofValue(value: Readonly<Record<string, unknown>>): Foreign | undefined {
  const { sinks, sources, pipeline, output, exporters, receivers } = value;
  if (isMap(sinks) || isMap(sources)) {
    const outputs = Object.values(isMap(sinks) ? sinks : {}).map((sink) => new Values(sink));
    return { ...vector(outputs), key: isMap(sinks) ? "sinks" : "sources" };
  }
  if (isMap(exporters)) {
    const outputs = Object.entries(exporters).map(([name, one]): Named => [
      name.split("/", 1)[0] ?? name,
      new Values(one),
    ]);
    return { ...openTelemetry(outputs), key: "exporters" };
  }
  if (isMap(receivers)) return { ...openTelemetry([]), key: "receivers" };
  if (isMap(pipeline) && (pipeline["inputs"] || pipeline["outputs"])) {
    const outputs = [pipeline["outputs"] ?? []].flat().map((one) => new Values(one));
    return { ...fluentBit(outputs), key: "pipeline" };
  }
  const keys = Object.keys(value);
  const key =
    keys.find((one) => /^output\.\w/u.test(one)) ??
    (isMap(output) ? "output" : keys.find((one) => /^filebeat(?:\.|$)/u.test(one)));
  if (key !== undefined) {
    const dotted = keys.flatMap((one): [string, unknown][] => {
      const kind = /^output\.(\w+)$/u.exec(one)?.[1];
      return kind === undefined ? [] : [[kind, value[one]]];
    });
    const named = [...Object.entries(isMap(output) ? output : {}), ...dotted];
    return { ...filebeat(named.map(([kind, one]) => [kind, new Values(one)])), key };
  }
  return undefined;
}

function logstash(outputs: readonly Named[]): Foreign {
  return foreign("Logstash", outputs, ([kind, values]) => {
    const url = values.text("url", "uri");
    if (kind === "elasticsearch" || kind === "opensearch")
      return {
        kind,
        store: "esstore",
        at: orLocal(values.list("hosts")),
        tls: values.flag("ssl_enabled", "ssl"),
        port: "9200",
        index: values.text("index"),
        user: values.text("user"),
        password: values.text("password"),
        apiKey: values.text("api_key"),
        ca: values.text("cacert", "ssl_certificate_authorities"),
        verify: values.flag("ssl_verification_mode", "ssl_certificate_verification"),
      };
    if (kind === "mongodb" && url !== undefined)
      return {
        kind,
        store: "mongodbstore",
        at: [url],
        index: values.text("database"),
        collection: values.text("collection"),
      };
    if (kind === "http" && url?.includes("/services/collector"))
      return {
        kind,
        store: "splunkhecstore",
        at: [url],
        token: values.text("headers.authorization")?.replace(/^Splunk /iu, ""),
      };
    return fileOf(kind, values.text("path"));
  });
}

function filebeat(outputs: readonly Named[]): Foreign {
  return foreign("Filebeat", outputs, ([kind, values]) => {
    if (kind === "elasticsearch")
      return {
        kind,
        store: "esstore",
        at: orLocal(values.list("hosts")),
        tls: values.text("protocol") === "https",
        port: "9200",
        index: values.text("index"),
        user: values.text("username"),
        password: values.text("password"),
        apiKey: values.text("api_key"),
        ca: values.text("ssl.certificate_authorities"),
        verify: values.flag("ssl.verification_mode"),
      };
    return fileOf(kind, values.text("path") === undefined ? undefined : `${values.text("path")}/`);
  });
}

function vector(sinks: readonly Values[]): Foreign {
  return foreign("Vector", sinks.map(typed), ([kind, values]) => {
    const verify = values.flag("tls.verify_certificate");
    const common = { kind, ca: values.text("tls.ca_file"), verify };
    const at = values.list("endpoints", "endpoint");
    if (kind === "elasticsearch")
      return {
        ...common,
        store: "esstore",
        at,
        index: values.text("bulk.index"),
        user: values.text("auth.user"),
        password: values.text("auth.password"),
      };
    if (kind.startsWith("splunk_hec"))
      return {
        ...common,
        store: "splunkhecstore",
        at,
        token: values.text("default_token", "token"),
        index: values.text("index"),
        sourcetype: values.text("sourcetype"),
      };
    return fileOf(kind, values.text("path"));
  });
}

function openTelemetry(outputs: readonly Named[]): Foreign {
  return foreign("the OpenTelemetry collector", outputs, ([kind, values]) => {
    const insecure = values.flag("tls.insecure_skip_verify");
    const common = { kind, ca: values.text("tls.ca_file"), verify: insecure === undefined ? undefined : !insecure };
    const at = values.list("endpoints", "endpoint");
    if (kind === "elasticsearch" || kind === "opensearch")
      return {
        ...common,
        store: "esstore",
        at: at.length > 0 ? at : values.list("http.endpoint"),
        index: values.text("logs_index", "index"),
        user: values.text("user", "auth.user"),
        password: values.text("password", "auth.password"),
        apiKey: values.text("api_key"),
      };
    if (kind === "splunk_hec")
      return {
        ...common,
        store: "splunkhecstore",
        at,
        token: values.text("token"),
        index: values.text("index"),
        sourcetype: values.text("sourcetype"),
      };
    return fileOf(kind, values.text("path"));
  });
}

function fluentBit(outputs: readonly Values[]): Foreign {
  return foreign("Fluent Bit", outputs.map(typed), ([kind, values]) => {
    const verify = values.flag("tls.verify");
    const common = { kind, tls: values.flag("tls"), ca: values.text("tls.ca_file"), verify };
    const at = [values.text("host") ?? "127.0.0.1"];
    if (kind === "es" || kind === "opensearch")
      return {
        ...common,
        store: "esstore",
        at,
        port: values.text("port") ?? "9200",
        index: values.text("index"),
        user: values.text("http_user"),
        password: values.text("http_passwd"),
      };
    if (kind === "splunk")
      return {
        ...common,
        store: "splunkhecstore",
        at,
        port: values.text("port") ?? "8088",
        token: values.text("splunk_token"),
        index: values.text("event_index"),
        sourcetype: values.text("event_sourcetype"),
      };
    const path = values.text("path");
    return fileOf(kind, path === undefined ? undefined : `${path}/`);
  });
}

function foreign(program: string, outputs: readonly Named[], read: (output: Named) => Output | undefined): Foreign {
  const found = outputs.map(read);
  return {
    program,
    outputs: found.filter((one) => one !== undefined),
    others: outputs.filter((_, index) => found[index] === undefined).map(([kind]) => kind),
  };
}

/** Sinks and outputs that name their kind themselves. */
function typed(values: Values): Named {
  return [values.text("type", "name")?.toLowerCase() ?? "", values];
}

function orLocal(hosts: readonly string[]): readonly string[] {
  return hosts.length > 0 ? hosts : ["localhost"];
}

function fileOf(kind: string, path: string | undefined): Output | undefined {
  return kind === "file" ? { kind, store: "filestore", at: [path ?? ""] } : undefined;
}
