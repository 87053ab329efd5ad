/** As much of AWS STS as answers "who am I" to an ordinary client: GetCallerIdentity for the sessions of the local endpoint, signature verified. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, CreateSessionError, parseAmzDate } from '../create-session';
import { printable } from './printable';
import { IssuedSession, SessionStore } from './session-store';

const API_VERSION = '2011-06-15';
const NAMESPACE = `https://sts.amazonaws.com/doc/${API_VERSION}/`;

/** How old or how far ahead a signed request may be (AWS General Reference, Signature Version 4). */
const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

/** A request to STS. */
export interface StsRequest {
  /** Undecoded, without the question mark. */
  readonly query: string;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array;
  readonly now: Date;
  readonly requestId: string;
}

/** An answer in XML. */
export interface StsAnswer {
  readonly statusCode: number;
  readonly xml: string;
  /** What happened, for the log. */
  readonly summary: string;
}

class StsError extends Error {
  public constructor(public readonly statusCode: number, public readonly code: string, message: string) {
    super(message);
  }
}

const SIGNATURE_MISMATCH = 'The request signature we calculated does not match the signature you provided. '
  + 'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** Answers a `POST /` with a form-encoded body. */
export async function answerSts(request: StsRequest, sessions: SessionStore): Promise<StsAnswer> {
  try {
    const parameters = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
    const action = parameters.get('Action') ?? '';
    if (action !== 'GetCallerIdentity' || parameters.get('Version') !== API_VERSION) {
      const what = `${action.slice(0, 100)} for version ${parameters.get('Version')?.slice(0, 20) ?? '(none)'}`;
      throw new StsError(400, 'InvalidAction', `Could not find operation ${what}; this endpoint has GetCallerIdentity only`);
    }
    const issued = await authenticate(request, sessions);
    return { statusCode: 200, xml: identityXml(issued, request.requestId), summary: `GetCallerIdentity: ${issued.session.assumedRoleArn}` };
  } catch (error) {
    if (!(error instanceof StsError)) {
      throw error;
    }
    return { statusCode: error.statusCode, xml: errorXml(error, request.requestId), summary: `refused: ${error.code}: ${error.message}` };
  }
}

interface HmacAuthorization {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([A-Za-z0-9]{1,128})\/([0-9]{8})\/([a-z0-9-]{1,64})\/sts\/aws4_request, *SignedHeaders=([a-z0-9;-]{1,4096}), *Signature=([0-9a-f]{64})$/;

function parseHmacAuthorization(value: string | undefined): HmacAuthorization {
  if (value === undefined) {
    throw new StsError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  }
  const match = AUTHORIZATION.exec(value);
  if (!match) {
    throw new StsError(400, 'IncompleteSignature', 'Authorization header is not that of Signature Version 4 for the service sts');
  }
  const [, accessKeyId, day, region, signedHeaders, signature] = match;
  return { accessKeyId, day, region, signedHeaders: signedHeaders.split(';'), signature };
}

/** The session whose credentials signed the request. */
async function authenticate(request: StsRequest, sessions: SessionStore): Promise<IssuedSession> {
  const header = (name: string) => request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
  const authorization = parseHmacAuthorization(header('authorization'));
  const issued = sessions.find(authorization.accessKeyId);
  if (!issued || header('x-amz-security-token') !== issued.sessionToken) {
    throw new StsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  const amzDate = header('x-amz-date') ?? '';
  checkDate(amzDate, authorization.day, request.now);
  const unsigned = ['host', 'x-amz-date'].filter((name) => !authorization.signedHeaders.includes(name));
  if (unsigned.length > 0 || !sameText(await signatureOf(request, amzDate, authorization, issued.secretAccessKey), authorization.signature)) {
    throw new StsError(403, 'SignatureDoesNotMatch', SIGNATURE_MISMATCH);
  }
  if (request.now >= issued.session.expiration) {
    throw new StsError(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  return issued;
}

function checkDate(amzDate: string, day: string, now: Date): void {
  let date: Date;
  try {
    date = parseAmzDate(amzDate);
  } catch (error) {
    if (!(error instanceof CreateSessionError)) {
      throw error;
    }
    throw new StsError(400, 'IncompleteSignature', "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (amzDate.slice(0, 8) !== day) {
    throw new StsError(403, 'SignatureDoesNotMatch', 'Date in Credential scope does not match the date of the request');
  }
  if (Math.abs(date.getTime() - now.getTime()) > MAX_CLOCK_SKEW_MS) {
    throw new StsError(403, 'SignatureDoesNotMatch', `Signature expired or not yet current: ${amzDate} is more than 15 minutes from ${now.toISOString()}`);
  }
}

async function signatureOf(request: StsRequest, amzDate: string, authorization: HmacAuthorization, secretAccessKey: string): Promise<string> {
  const { day, region, signedHeaders } = authorization;
  let canonical: string;
  try {
    canonical = await canonicalRequest({ method: 'POST', path: '/', query: request.query, headers: request.headers, signedHeaders, body: request.body });
  } catch (error) {
    if (!(error instanceof CreateSessionError)) {
      throw error;
    }
    throw new StsError(403, 'SignatureDoesNotMatch', SIGNATURE_MISMATCH);
  }
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = `AWS4-HMAC-SHA256\n${amzDate}\n${day}/${region}/sts/aws4_request\n${hash}`;
  const key = [day, region, 'sts', 'aws4_request'].reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function identityXml({ session }: IssuedSession, requestId: string): string {
  const account = session.assumedRoleArn.split(':')[4];
  return `<GetCallerIdentityResponse xmlns="${NAMESPACE}">
  <GetCallerIdentityResult>
    <Arn>${escapeXml(session.assumedRoleArn)}</Arn>
    <UserId>${escapeXml(session.assumedRoleId)}</UserId>
    <Account>${escapeXml(account)}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>${requestId}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`;
}

function errorXml({ code, message }: StsError, requestId: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}">
  <Error>
    <Type>Sender</Type>
    <Code>${code}</Code>
    <Message>${escapeXml(message)}</Message>
  </Error>
  <RequestId>${requestId}</RequestId>
</ErrorResponse>
`;
}

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
