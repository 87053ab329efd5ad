/** Verifies a CreateSession request as it came over the wire, check by check. */
import { Certificate } from '../x509';
import { AlgorithmName, describeKey, signingAlgorithmOf, verifySignature } from './algorithms';
import { SessionArns } from './arn';
import { Authorization, parseAuthorization } from './authorization';
import { canonicalRequest, parseQuery, SESSIONS_PATH } from './canonical-request';
import { CERTIFICATE_HEADER, CHAIN_HEADER, parseCertificateHeader, parseChainHeader } from './certificate-headers';
import { CreateSessionError, CreateSessionErrorCode } from './errors';
import { parseAmzDate, stringToSign } from './string-to-sign';

/** Headers in either of the usual forms. A list keeps repeated headers apart, so prefer it where there is a choice. */
export type HeaderInput =
  | ReadonlyArray<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path of the request target, undecoded, without the query. */
  readonly path: string;
  /** Query of the request target, undecoded, without the question mark; empty where there is none. */
  readonly query: string;
  readonly headers: HeaderInput;
  readonly body: Uint8Array;
  /** The verifier's clock. @default - now */
  readonly now?: Date;
  /** How far the request's date may lie from it, either way. @default 300 */
  readonly maxClockSkewSeconds?: number;
}

/** Names of the checks, in the order they are made. */
export type VerificationCheck =
  | 'request' | 'authorization' | 'date' | 'signed-headers' | 'certificate' | 'chain' | 'algorithm' | 'serial-number' | 'signature' | 'parameters';

/** One check. */
export interface VerificationStep {
  /** Which check, as a stable name. */
  readonly check: VerificationCheck;
  readonly passed: boolean;
  /** The facts it went by, or what is wrong. */
  readonly detail: string;
}

/** What a request that passed every check says. */
export interface VerifiedRequest extends SessionArns {
  /** Undefined where the request leaves it to the profile. */
  readonly durationSeconds?: number;
  readonly roleSessionName?: string;
  /** Region of the credential scope. */
  readonly region: string;
  /** The end-entity certificate. Whether it is to be trusted is not decided here. */
  readonly certificate: Certificate;
  /** What the client sent to lead from it to the trust anchor. */
  readonly chain: readonly Certificate[];
  readonly algorithm: AlgorithmName;
  readonly signedHeaders: readonly string[];
  readonly date: Date;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly steps: readonly VerificationStep[];
}

/** Thrown for a request that does not pass; `steps` ends with the check that failed. */
export class VerificationError extends CreateSessionError {
  public readonly steps: readonly VerificationStep[];

  public constructor(code: CreateSessionErrorCode, message: string, steps: readonly VerificationStep[], cause: unknown) {
    super(code, message, { cause });
    this.name = 'VerificationError';
    this.steps = steps;
  }
}

const DEFAULT_CLOCK_SKEW_SECONDS = 300;

/** Signed whenever sent; the first three have to be sent (User Guide, "Authentication" and "Signing process"). */
const REQUIRED_HEADERS: readonly string[] = ['host', 'x-amz-date', CERTIFICATE_HEADER];
const SIGNED_WHEN_SENT: readonly string[] = ['content-type', CHAIN_HEADER];

/**
 * Verifies everything about a request that needs neither trust anchor nor profile: its form, its date, that certificate, serial
 * number and algorithm agree, and the signature over what is on the wire.
 *
 * @throws VerificationError (a CreateSessionError) with the code of the first check that fails
 */
export async function verifyCreateSessionRequest(request: ReceivedRequest): Promise<VerifiedRequest> {
  const trail = new Trail();
  const headers = headerPairs(request.headers);
  await trail.step('request', () => checkRequestLine(request));
  const authorization = await trail.step('authorization', () => [
    parseAuthorization(requireHeader(headers, 'authorization')), 'the Authorization header is well-formed',
  ]);
  const date = await trail.step('date', () => checkDate(requireHeader(headers, 'x-amz-date'), authorization, request));
  await trail.step('signed-headers', () => checkSignedHeaders(headers, authorization.signedHeaders));
  const certificate = await trail.step('certificate', () => {
    const leaf = parseCertificateHeader(requireHeader(headers, CERTIFICATE_HEADER));
    return [leaf, `${leaf.subject.toString() || 'a certificate without subject'}, ${describeKey(leaf.publicKey)}`];
  });
  const chain = await trail.step('chain', () => {
    const value = findHeader(headers, CHAIN_HEADER);
    const certificates = value === undefined ? [] : parseChainHeader(value);
    return [certificates, certificates.length === 0 ? 'none sent' : certificates.map(({ subject }) => subject.toString()).join(' | ')];
  });
  await trail.step('algorithm', () => checkAlgorithm(authorization, certificate));
  await trail.step('serial-number', () => checkSerialNumber(authorization, certificate));
  const texts = await trail.step('signature', () => checkSignature(request, headers, authorization, certificate));
  const parameters = await trail.step('parameters', () => {
    const read = readParameters(request);
    return [read, `role ${read.roleArn}, profile ${read.profileArn}, trust anchor ${read.trustAnchorArn}`];
  });
  return {
    ...parameters,
    ...texts,
    region: authorization.scope.region,
    certificate,
    chain,
    algorithm: authorization.algorithm,
    signedHeaders: authorization.signedHeaders,
    date,
    steps: trail.steps,
  };
}

/** A check's result, and the facts it went by. */
type Finding<T> = readonly [T, string];

/** Keeps the steps, and adds them to the error of the one that fails. */
class Trail {
  public readonly steps: VerificationStep[] = [];

  public async step<T>(check: VerificationCheck, run: () => Finding<T> | Promise<Finding<T>>): Promise<T> {
    try {
      const [result, detail] = await run();
      this.steps.push({ check, passed: true, detail });
      return result;
    } catch (error) {
      if (!(error instanceof CreateSessionError)) {
        throw error;
      }
      this.steps.push({ check, passed: false, detail: error.message });
      throw new VerificationError(error.code, error.message, this.steps, error);
    }
  }
}

/**
 * Headers as name and value pairs.
 *
 * @param headers pairs, or an object of names
 */
function headerPairs(headers: HeaderInput): Array<readonly [string, string]> {
  if (Array.isArray(headers)) {
    return headers as Array<readonly [string, string]>;
  }
  return Object.entries(headers as Readonly<Record<string, string | readonly string[] | undefined>>)
    .flatMap(([name, value]) => (value === undefined ? [] : typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]));
}

/** Name and value pairs from the flat list that HTTP servers keep as "raw headers": name, value, name, value. */
export function pairRawHeaders(rawHeaders: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.push([rawHeaders[i], rawHeaders[i + 1]]);
  }
  return pairs;
}

/** The value of a header; the values of a repeated one joined with commas, as the canonical request has them. */
function findHeader(headers: ReadonlyArray<readonly [string, string]>, name: string): string | undefined {
  const values = headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value.trim());
  return values.length === 0 ? undefined : values.join(',');
}

function requireHeader(headers: ReadonlyArray<readonly [string, string]>, name: string): string {
  const value = findHeader(headers, name);
  if (value === undefined || value === '') {
    throw new CreateSessionError('MISSING_HEADER', `the header ${name} is missing`);
  }
  return value;
}

function checkRequestLine({ method, path }: ReceivedRequest): Finding<void> {
  if (path !== SESSIONS_PATH) {
    throw new CreateSessionError('NOT_FOUND', `there is nothing at ${JSON.stringify(path.substring(0, 100))}; CreateSession is at ${SESSIONS_PATH}`);
  }
  if (method !== 'POST') {
    throw new CreateSessionError('METHOD_NOT_ALLOWED', `CreateSession is a POST, not a ${JSON.stringify(method.substring(0, 20))}`);
  }
  return [undefined, `POST ${SESSIONS_PATH}`];
}

function checkDate(amzDate: string, authorization: Authorization, request: ReceivedRequest): Finding<Date> {
  const date = parseAmzDate(amzDate);
  if (authorization.scope.day !== amzDate.substring(0, 8)) {
    throw new CreateSessionError('BAD_SCOPE', `the credential scope is of ${authorization.scope.day}, X-Amz-Date is ${amzDate}`);
  }
  const now = request.now ?? new Date();
  const limit = request.maxClockSkewSeconds ?? DEFAULT_CLOCK_SKEW_SECONDS;
  const skew = Math.round((date.getTime() - now.getTime()) / 1000);
  const where = `${Math.abs(skew)} seconds ${skew < 0 ? 'behind' : 'ahead of'} the verifier's clock`;
  if (Math.abs(skew) > limit) {
    throw new CreateSessionError('CLOCK_SKEW', `X-Amz-Date ${amzDate} is ${where}; ${limit} are allowed`);
  }
  return [date, `${amzDate}, ${where}`];
}

function checkSignedHeaders(headers: ReadonlyArray<readonly [string, string]>, signedHeaders: readonly string[]): Finding<void> {
  for (const name of REQUIRED_HEADERS) {
    requireHeader(headers, name);
  }
  for (const name of signedHeaders) {
    // Present is enough: a signed header may well be empty.
    if (findHeader(headers, name) === undefined) {
      throw new CreateSessionError('MISSING_HEADER', `the header ${name} is signed, but was not sent`);
    }
  }
  const sent = SIGNED_WHEN_SENT.filter((name) => findHeader(headers, name) !== undefined);
  const unsigned = [...REQUIRED_HEADERS, ...sent].filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new CreateSessionError('UNSIGNED_HEADER', `SignedHeaders lacks ${unsigned.join(', ')}`);
  }
  return [undefined, signedHeaders.join(';')];
}

function checkAlgorithm(authorization: Authorization, certificate: Certificate): Finding<void> {
  const expected = signingAlgorithmOf(certificate.publicKey).name;
  if (authorization.algorithm !== expected) {
    throw new CreateSessionError('ALGORITHM_KEY_MISMATCH',
      `the algorithm is ${authorization.algorithm}, and the certificate's key (${describeKey(certificate.publicKey)}) signs with ${expected}`);
  }
  return [undefined, `${expected} with ${describeKey(certificate.publicKey)}`];
}

function checkSerialNumber(authorization: Authorization, certificate: Certificate): Finding<void> {
  if (authorization.serialNumber !== certificate.serialNumber) {
    throw new CreateSessionError('SERIAL_MISMATCH',
      `Credential begins with ${authorization.serialNumber}, and the certificate's serial number is ${certificate.serialNumber} in decimal`);
  }
  return [undefined, authorization.serialNumber.toString()];
}

async function checkSignature(
  request: ReceivedRequest, headers: ReadonlyArray<readonly [string, string]>, authorization: Authorization, certificate: Certificate,
): Promise<Finding<Pick<VerifiedRequest, 'canonicalRequest' | 'stringToSign'>>> {
  const { method, path, query, body } = request;
  const canonical = await canonicalRequest({ method, path, query, headers, signedHeaders: authorization.signedHeaders, body });
  const amzDate = requireHeader(headers, 'x-amz-date');
  const toSign = await stringToSign(authorization.algorithm, amzDate, authorization.scope, canonical);
  if (!await verifySignature(certificate, new TextEncoder().encode(toSign), fromHex(authorization.signature))) {
    throw new CreateSessionError('INVALID_SIGNATURE', 'the signature was not made over this request with the key of this certificate');
  }
  return [{ canonicalRequest: canonical, stringToSign: toSign }, 'made over this request with the key of the certificate'];
}

/** The parser of the header has checked that these are pairs of digits. */
function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(text.substring(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

type Parameters = Pick<VerifiedRequest, 'roleArn' | 'profileArn' | 'trustAnchorArn' | 'durationSeconds' | 'roleSessionName'>;

function readParameters(request: ReceivedRequest): Parameters {
  const query = readQueryParameters(request.query);
  const body = readBody(request.body);
  const { durationSeconds, roleSessionName } = body;
  if (durationSeconds !== undefined && !Number.isSafeInteger(durationSeconds)) {
    throw new CreateSessionError('BAD_PARAMETER', 'durationSeconds is not a whole number');
  }
  if (roleSessionName !== undefined && typeof roleSessionName !== 'string') {
    throw new CreateSessionError('BAD_PARAMETER', 'roleSessionName is not a string');
  }
  return {
    roleArn: readArn('roleArn', query, body),
    profileArn: readArn('profileArn', query, body),
    trustAnchorArn: readArn('trustAnchorArn', query, body),
    ...(durationSeconds === undefined ? {} : { durationSeconds: durationSeconds as number }),
    ...(roleSessionName === undefined ? {} : { roleSessionName }),
  };
}

function readQueryParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of parseQuery(query)) {
    if (parameters.has(name)) {
      throw new CreateSessionError('BAD_QUERY', `the query has ${JSON.stringify(name.substring(0, 100))} twice`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

function readBody(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) {
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new CreateSessionError('BAD_BODY', 'the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CreateSessionError('BAD_BODY', 'the body is not a JSON object');
  }
  // null is how some serialisers write a member that is not there.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function readArn(name: string, query: ReadonlyMap<string, string>, body: Readonly<Record<string, unknown>>): string {
  const inQuery = query.get(name);
  const inBody = Object.hasOwn(body, name) ? body[name] : undefined;
  if (inBody !== undefined && typeof inBody !== 'string') {
    throw new CreateSessionError('BAD_PARAMETER', `${name} is not a string`);
  }
  if (inQuery !== undefined && inBody !== undefined && inQuery !== inBody) {
    throw new CreateSessionError('BAD_PARAMETER', `${name} is one thing in the query and another in the body`);
  }
  const value = inQuery ?? inBody;
  if (value === undefined || value === '') {
    throw new CreateSessionError('MISSING_PARAMETER', `${name} is neither in the query nor in the body`);
  }
  return value;
}
