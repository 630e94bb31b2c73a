/** A schema of the few keywords that matter for what was evaluated. */
export interface PlainSchema {
  type?: "object" | "number";
  const?: unknown;
  required?: string[];
  properties?: Record<string, PlainSchema>;
  patternProperties?: Record<string, PlainSchema>;
  additionalProperties?: PlainSchema | false;
  allOf?: PlainSchema[];
  anyOf?: PlainSchema[];
  oneOf?: PlainSchema[];
  not?: PlainSchema;
  if?: PlainSchema;
  then?: PlainSchema;
  else?: PlainSchema;
  dependentSchemas?: Record<string, PlainSchema>;
  unevaluatedProperties?: PlainSchema | false;
}

/** The keys that a valid object was looked at by; undefined for an invalid value. */
type Evaluated = Set<string> | undefined;

/** Reads a schema as the standard has it, without any thought of speed. */
export function evaluate(schema: PlainSchema | false | undefined, value: unknown): Evaluated {
  if (schema === false) return undefined;
  if (schema === undefined) return new Set();
  const {
    required = [],
    properties = {},
    patternProperties = {},
    dependentSchemas = {},
    allOf = [],
    anyOf,
    oneOf,
  } = schema;
  const object = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  const keys = Object.keys(object ?? {});
  const evaluated = new Set<string>();
  const must: boolean[] = [
    schema.const === undefined || schema.const === value,
    schema.type === undefined || (schema.type === "object" ? object !== undefined : typeof value === "number"),
    object === undefined || required.every((key) => keys.includes(key)),
    schema.not === undefined || evaluate(schema.not, value) === undefined,
  ];
  const take = (result: Evaluated): void => {
    must.push(result !== undefined);
    for (const key of result ?? []) evaluated.add(key);
  };
  const takeMember = (key: string, member: PlainSchema | false): void => {
    must.push(evaluate(member, object?.[key]) !== undefined);
    evaluated.add(key);
  };
  for (const key of keys) {
    const matching = Object.keys(patternProperties).filter((pattern) => new RegExp(pattern, "u").test(key));
    if (properties[key]) takeMember(key, properties[key]);
    for (const pattern of matching) takeMember(key, patternProperties[pattern] ?? {});
    const isNamed = properties[key] !== undefined || matching.length > 0;
    if (schema.additionalProperties !== undefined && !isNamed) takeMember(key, schema.additionalProperties);
    if (dependentSchemas[key]) take(evaluate(dependentSchemas[key], value));
  }
  for (const one of allOf) take(evaluate(one, value));
  for (const [branches, isRight] of [
    [anyOf, (count: number) => count > 0],
    [oneOf, (count: number) => count === 1],
  ] as const) {
    const fitting = (branches ?? []).map((one) => evaluate(one, value)).filter((one) => one !== undefined);
    must.push(branches === undefined || isRight(fitting.length));
    for (const one of fitting) take(one);
  }
  if (schema.if) {
    const condition = evaluate(schema.if, value);
    if (condition) take(condition);
    take(evaluate(condition ? schema.then : schema.else, value));
  }
  if (schema.unevaluatedProperties !== undefined)
    for (const key of keys.filter((one) => !evaluated.has(one))) takeMember(key, schema.unevaluatedProperties);
  return must.every(Boolean) ? evaluated : undefined;
}
