/** Builds a signed CreateSession request from parameters and an identity. */
import { Certificate, toHex } from '../x509';
import { MessageSigner, signingAlgorithmOf } from './algorithms';
import { SessionArns } from './arn';
import { formatAuthorization } from './authorization';
import { byCodeUnit, canonicalRequest, formatQuery, SESSIONS_PATH } from './canonical-request';
import { CERTIFICATE_HEADER, CHAIN_HEADER, formatCertificateHeader, formatChainHeader } from './certificate-headers';
import { parseEndpoint } from './endpoint';
import { formatAmzDate, stringToSign } from './string-to-sign';

/** What is asked of the service. */
export interface CreateSessionParameters extends SessionArns {
  /** Seconds that the credentials are to last, 900 to 43200. @default - the profile's duration */
  readonly durationSeconds?: number;
  /** Name of the session, which only profiles with acceptRoleSessionName take. @default - the certificate's serial number */
  readonly roleSessionName?: string;
}

/** Who asks: a certificate, what stands between it and the trust anchor, and the key. */
export interface SigningIdentity {
  readonly certificate: Certificate;
  /** Intermediate certificates, at most 5, the certificate's issuer first by convention. */
  readonly chain: readonly Certificate[];
  readonly signer: MessageSigner;
}

/** Where and when. */
export interface RequestOptions {
  /** `scheme://host[:port]`. */
  readonly endpoint: string;
  /** Region of the credential scope. */
  readonly region: string;
  /** @default - now */
  readonly date?: Date;
  /** Whether the ARNs travel in the query, as AWS's own helper sends them, or in the body; the service takes both. @default 'query' */
  readonly arnsIn?: 'query' | 'body';
  /** More headers to send and sign. @default - none */
  readonly additionalHeaders?: Readonly<Record<string, string>>;
}

/** A request ready to be sent, with the two texts that its signature came from. */
export interface SignedRequest {
  readonly method: 'POST';
  readonly url: string;
  /** Every header with its lower-case name, `host` and `authorization` included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For diagnosis. Neither of them is secret. */
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  /** The signature in its wire form, for a caller that wants to check it against the certificate. */
  readonly signature: Uint8Array;
}

const encoder = new TextEncoder();

/**
 * Builds and signs a request. Each attempt needs a new one, because the date is signed.
 *
 * @throws CreateSessionError `ENDPOINT_INVALID`, `KEY_NOT_SUPPORTED`, `SERIAL_OUT_OF_RANGE`, `CHAIN_TOO_LONG`, and what the
 * identity's signer throws
 */
export async function buildCreateSessionRequest(
  parameters: CreateSessionParameters, identity: SigningIdentity, options: RequestOptions,
): Promise<SignedRequest> {
  const endpoint = parseEndpoint(options.endpoint);
  const algorithm = signingAlgorithmOf(identity.certificate.publicKey);
  const amzDate = formatAmzDate(options.date ?? new Date());
  const scope = { day: amzDate.substring(0, 8), region: options.region };
  const query = options.arnsIn === 'body' ? '' : formatQuery(arnPairs(parameters));
  const body = formatBody(parameters, options.arnsIn ?? 'query');
  const headers: Record<string, string> = {
    ...lowerCaseNames(options.additionalHeaders ?? {}),
    'content-type': 'application/json',
    'host': new URL(endpoint).host,
    'x-amz-date': amzDate,
    [CERTIFICATE_HEADER]: formatCertificateHeader(identity.certificate),
    ...(identity.chain.length > 0 ? { [CHAIN_HEADER]: formatChainHeader(identity.chain) } : {}),
  };
  const signedHeaders = Object.keys(headers).sort(byCodeUnit);
  const canonical = await canonicalRequest({
    method: 'POST', path: SESSIONS_PATH, query, headers: Object.entries(headers), signedHeaders, body: encoder.encode(body),
  });
  const toSign = await stringToSign(algorithm.name, amzDate, scope, canonical);
  const signature = await identity.signer.sign(encoder.encode(toSign));
  const authorization = formatAuthorization({
    algorithm: algorithm.name, serialNumber: identity.certificate.serialNumber, scope, signedHeaders, signature: toHex(signature),
  });
  return {
    method: 'POST',
    url: `${endpoint}${SESSIONS_PATH}${query && `?${query}`}`,
    headers: { ...headers, authorization },
    body,
    canonicalRequest: canonical,
    stringToSign: toSign,
    signature,
  };
}

function arnPairs({ profileArn, roleArn, trustAnchorArn }: SessionArns): Array<[string, string]> {
  return [['profileArn', profileArn], ['roleArn', roleArn], ['trustAnchorArn', trustAnchorArn]];
}

function formatBody(parameters: CreateSessionParameters, arnsIn: 'query' | 'body'): string {
  const { durationSeconds, roleSessionName } = parameters;
  // JSON.stringify leaves out what is undefined.
  return JSON.stringify({ durationSeconds, roleSessionName, ...(arnsIn === 'body' ? Object.fromEntries(arnPairs(parameters)) : {}) });
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
