// Looks at the untyped JSON of a policy without ever throwing, and puts what it finds into words.

/** A JSON object whose members have not been looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: not null and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an array, or the value alone: the policy grammar lets a single value stand for a list of one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Text in double quotes, cut short so that a message stays readable. */
export function quote(text: string): string {
  const longest = 120;
  return `"${text.length > longest ? `${text.slice(0, longest)}...` : text}"`;
}

/** Puts any value into words for a message, for example `an unresolved Fn::GetAtt`. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    return quote(value);
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (value === undefined) {
    return 'nothing';
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty list' : 'a list';
  }
  return isJsonObject(value) ? describeObject(value) : `a ${typeof value}`;
}

function describeObject(value: JsonObject): string {
  return isIntrinsic(value) ? `an unresolved ${Object.keys(value)[0]}` : 'an object';
}

/** Whether a value is an intrinsic function of CloudFormation, so that only a deployment can tell what it comes to. */
export function isIntrinsic(value: unknown): boolean {
  const [key, ...others] = isJsonObject(value) ? Object.keys(value) : [];
  return key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
