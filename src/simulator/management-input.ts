/** Reads the input of management calls and holds it to the constraints of the API model. */
import { isJsonObject, JsonObject, ownProperty } from '../assembly/json';
import { MAX_CRL_PEM_BYTES } from '../trust-model/crl-rules';
import { MAX_NAME_LENGTH, NAME_ALPHABET } from '../trust-model/limits';
import { isCrlBlock, looksLikeDer, PemBlock, readCrl, readPem, X509Error } from '../x509';
import { SIMULATED_ANSWER, tooManyTags, validationException } from './management-errors';
import { printable } from './printable';

/** How many tags a resource has at most (API Reference, TagResource). */
export const MAX_TAGS = 200;

const MAX_ARN_LENGTH = 1011;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

const TRUST_ANCHOR_ARN = /^arn:aws(-[^:]+)?:rolesanywhere(:.*){2}(:trust-anchor.*)$/;
const TAG_TEXT = /^[ a-zA-Z0-9_.:/=+@-]*$/;

/** The label that OpenSSL and the service's own examples have; some libraries write `CRL` instead. */
const CRL_LABEL = 'X509 CRL';

/**
 * The members of a JSON body.
 *
 * @throws ManagementError `ValidationException` where the body is not a JSON object
 */
export function readBody(body: string | Uint8Array | undefined): JsonObject {
  const json = typeof body === 'string' ? body : Buffer.from(body ?? []).toString('utf8');
  try {
    const parsed: unknown = JSON.parse(json);
    if (isJsonObject(parsed)) {
      return parsed;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  throw validationException(`The body must be a JSON object ${SIMULATED_ANSWER}`);
}

function optional<T>(input: JsonObject, member: string, read: (value: unknown) => T): T | undefined {
  const value = ownProperty(input, member);
  // JSON null is how some clients write a member that is not set.
  return value === undefined || value === null ? undefined : read(value);
}

function required<T>(value: T | undefined, member: string): T {
  if (value === undefined) {
    throw validationException(`'${member}' is required`);
  }
  return value;
}

function text(value: unknown, member: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) {
    throw validationException(`'${member}' must be a text of 1 to ${maxLength} characters`);
  }
  return value;
}

/** The name of a resource, if there is one. */
export function optionalName(input: JsonObject): string | undefined {
  return optional(input, 'name', (value) => {
    const name = text(value, 'name', MAX_NAME_LENGTH);
    if (!NAME_ALPHABET.test(name)) {
      throw validationException("'name' must consist of letters, digits, blanks, hyphens and underscores");
    }
    return name;
  });
}

/** The name of a resource. */
export function requiredName(input: JsonObject): string {
  return required(optionalName(input), 'name');
}

/** Whether a new resource is to be enabled; disabled unless asked. */
export function enabledMember(input: JsonObject): boolean {
  return optional(input, 'enabled', (value) => {
    if (typeof value !== 'boolean') {
      throw validationException("'enabled' must be true or false");
    }
    return value;
  }) ?? false;
}

/** The trust anchor that a list is for. */
export function trustAnchorArnMember(input: JsonObject): string {
  const arn = required(optional(input, 'trustAnchorArn', (value) => text(value, 'trustAnchorArn', MAX_ARN_LENGTH)), 'trustAnchorArn');
  if (!TRUST_ANCHOR_ARN.test(arn)) {
    throw validationException(`'trustAnchorArn' must be the ARN of a trust anchor, and ${printable(arn)} is not`);
  }
  return arn;
}

/** The ARN of what a tagging call is about. */
export function resourceArnMember(value: unknown): string {
  return text(required(value ?? undefined, 'resourceArn'), 'resourceArn', MAX_ARN_LENGTH);
}

/** A revocation list, if there is one: PEM text in base64. */
export function optionalCrlData(input: JsonObject): Uint8Array | undefined {
  return optional(input, 'crlData', (value) => {
    const data = decodeBlob(value, 'crlData');
    if (data.length === 0 || data.length > MAX_CRL_PEM_BYTES) {
      throw validationException(`'crlData' must have 1 to ${MAX_CRL_PEM_BYTES} bytes, and it has ${data.length}`);
    }
    checkCrlPem(data);
    return data;
  });
}

/** A revocation list. */
export function requiredCrlData(input: JsonObject): Uint8Array {
  return required(optionalCrlData(input), 'crlData');
}

function decodeBlob(value: unknown, member: string): Uint8Array {
  const data = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  // Buffer skips what is not base64, so that only what comes out the same again was all of it.
  if (data === undefined || data.toString('base64').replace(/=+$/, '') !== (value as string).replace(/=+$/, '')) {
    throw validationException(`'${member}' must be base64`);
  }
  return data;
}

/**
 * The form of a list only: who issued it, its signature and its age are not looked at here, since the service's documents do not say that
 * it looks at them.
 */
function checkCrlPem(data: Uint8Array): void {
  if (looksLikeDer(data)) {
    throw validationException("'crlData' must be PEM, and it is DER");
  }
  try {
    const [block, ...others] = readPem(data);
    if (others.length > 0) {
      throw validationException(`'crlData' must be one revocation list, and it has ${others.length + 1} PEM blocks ${SIMULATED_ANSWER}`);
    }
    checkLabel(block);
    readCrl(block.der);
  } catch (error) {
    if (error instanceof X509Error) {
      throw validationException(`'crlData' must be a revocation list in PEM: ${error.message} [${error.code}] ${SIMULATED_ANSWER}`);
    }
    throw error;
  }
}

function checkLabel(block: PemBlock): void {
  if (block.label !== CRL_LABEL) {
    const why = isCrlBlock(block) ? `; OpenSSL does not read "${block.label}" either` : '';
    throw validationException(`'crlData' must be PEM labelled "${CRL_LABEL}", and it is labelled "${block.label}"${why} ${SIMULATED_ANSWER}`);
  }
}

/** The tags of a new resource; none where the member is absent. */
export function newTags(input: JsonObject): Map<string, string> {
  return optional(input, 'tags', (value) => readTags(value, () => validationException(`'tags' must be ${MAX_TAGS} at most`))) ?? new Map<string, string>();
}

/** The tags to be added to a resource. */
export function addedTags(input: JsonObject): Map<string, string> {
  return required(optional(input, 'tags', (value) => readTags(value, () => tooManyTags(MAX_TAGS))), 'tags');
}

function readTags(value: unknown, whenTooMany: () => Error): Map<string, string> {
  if (!Array.isArray(value)) {
    throw validationException("'tags' must be a list");
  }
  if (value.length > MAX_TAGS) {
    throw whenTooMany();
  }
  const tags = new Map<string, string>();
  for (const tag of value as unknown[]) {
    const key = tagKey(ownProperty(tag, 'key'));
    if (tags.has(key)) {
      throw validationException(`the tag key '${key}' is given twice ${SIMULATED_ANSWER}`);
    }
    tags.set(key, tagValue(ownProperty(tag, 'value')));
  }
  return tags;
}

function tagKey(value: unknown): string {
  const key = text(value, 'key', MAX_KEY_LENGTH);
  if (!TAG_TEXT.test(key)) {
    throw validationException(`the tag key '${printable(key)}' has characters that tag keys do not have`);
  }
  if (/^aws:/i.test(key)) {
    throw validationException(`the tag key '${key}' is not allowed: keys that begin with 'aws:' are those of AWS itself`);
  }
  return key;
}

function tagValue(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_VALUE_LENGTH || !TAG_TEXT.test(value)) {
    throw validationException(`a tag value must be a text of 0 to ${MAX_VALUE_LENGTH} letters, digits, blanks and _ . : / = + - @`);
  }
  return value;
}

/** The keys of tags to be removed. */
export function tagKeys(input: JsonObject): string[] {
  return required(optional(input, 'tagKeys', (value) => {
    if (!Array.isArray(value) || value.length > MAX_TAGS) {
      throw validationException(`'tagKeys' must be a list of ${MAX_TAGS} at most`);
    }
    return (value as unknown[]).map((key) => text(key, 'tagKeys', MAX_KEY_LENGTH));
  }), 'tagKeys');
}

/** How many items a page has. */
export function pageSizeParameter(query: URLSearchParams): number | undefined {
  const value = query.get('pageSize');
  if (value === null) {
    return undefined;
  }
  if (!/^[1-9][0-9]{0,8}$/.test(value)) {
    throw validationException("'pageSize' must be a whole number from 1");
  }
  return Number(value);
}
