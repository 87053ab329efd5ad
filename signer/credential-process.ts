/** The command `credential-process`: one CreateSession call, credentials out. This is the hot path: it loads nothing it does not need. */
import { CredentialOptions } from './arguments';
import { connectionFailure } from './connection-error';
import { oneLine, SignerError } from './errors';
import { HostIdentity, readFile, readIdentity } from './files';
import { HttpRequest, HttpResponse, Platform } from './platform';
import { Credentials, readCredentials, readServiceError, serviceFailure } from './response';
import { Outcome, parseRetryAfter, withRetries } from './retry';
import { VERSION } from './version';
import { MessageSigner, privateKeySigner, signingAlgorithmOf, describeKey, verifySignature } from '../src/create-session/algorithms';
import { checkSessionArns } from '../src/create-session/arn';
import { parseEndpoint, serviceEndpoint } from '../src/create-session/endpoint';
import { CreateSessionError } from '../src/create-session/errors';
import { buildCreateSessionRequest, SignedRequest } from '../src/create-session/sign';
import { Certificate } from '../src/x509';

/** Writes a line for diagnosis, or nothing. The text is made only if somebody wants it. */
type Debug = (text: () => string | Promise<string>) => Promise<void>;

/**
 * Obtains credentials and prints them as SDKs read them from a credential_process.
 *
 * @throws SignerError or CreateSessionError
 */
export async function credentialProcess(platform: Platform, options: CredentialOptions): Promise<void> {
  const debug: Debug = async (text) => {
    if (options.debug) {
      await platform.writeDiagnostics(`${(await text()).replace(/^/gm, 'debug: ')}\n`);
    }
  };
  const target = targetOf(options);
  const identity = await readIdentity(platform, options);
  await debug(() => `roles-anywhere-signer ${VERSION} on ${platform.runtime}\nendpoint ${target.endpoint}, Region ${target.region}`);
  await debug(() => describeIdentity(platform, options, identity));
  checkValidity(identity.certificate, options.certificate, platform.now());
  const signer = await openPrivateKey(identity, options);
  const credentials = await createSession(platform, options, target, identity, signer, debug);
  await print(platform, credentials);
}

interface Target {
  readonly endpoint: string;
  readonly region: string;
}

/** Checks that ARNs, Region and endpoint fit together. */
function targetOf(options: CredentialOptions): Target {
  const location = checkSessionArns(options);
  const region = options.region ?? location.region;
  if (region !== location.region) {
    throw new SignerError('USAGE', `--region is ${region}, and trust anchor and profile are in ${location.region}`);
  }
  const { fips, dualStack } = options;
  const endpoint = options.endpoint === undefined
    ? serviceEndpoint({ partition: location.partition, region, fips, dualStack })
    : parseEndpoint(options.endpoint);
  return { endpoint, region };
}

async function describeIdentity(platform: Platform, options: CredentialOptions, { certificate, chain, privateKey }: HostIdentity): Promise<string> {
  const mode = await platform.fileMode(options.privateKey);
  const open = mode !== undefined && mode % 0o100 !== 0;
  return [
    `certificate ${certificate.subject.toString()}, issued by ${certificate.issuer.toString()}, serial number ${certificate.serialNumberHex}`,
    `valid from ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}, key ${describeKey(certificate.publicKey)}`,
    ...chain.map(({ subject }, i) => `chain ${i + 1}: ${subject.toString()}`),
    `private key ${privateKey.kind} in ${options.privateKey}`,
    ...(open ? [`others than the owner may read ${options.privateKey} (mode 0${mode.toString(8)}); 0600 is better`] : []),
  ].join('\n');
}

function checkValidity({ notBefore, notAfter }: Certificate, path: string, now: Date): void {
  const clock = `this host's clock says ${now.toISOString()}`;
  if (now < notBefore) {
    throw new SignerError('CERTIFICATE_NOT_YET_VALID', `the certificate in ${path} is valid from ${notBefore.toISOString()} only; ${clock}`);
  }
  if (now > notAfter) {
    throw new SignerError('CERTIFICATE_EXPIRED', `the certificate in ${path} expired at ${notAfter.toISOString()}; ${clock}; have a new one issued`);
  }
}

async function openPrivateKey({ certificate, privateKey }: HostIdentity, options: CredentialOptions): Promise<MessageSigner> {
  signingAlgorithmOf(certificate.publicKey);
  const expected = certificate.publicKey.kind === 'RSA' ? 'RSA' : describeKey(certificate.publicKey);
  if (privateKey.kind !== expected) {
    throw new SignerError('KEY_CERTIFICATE_MISMATCH',
      `the private key in ${options.privateKey} is ${privateKey.kind}, and the certificate in ${options.certificate} is for ${expected}`);
  }
  try {
    return await privateKeySigner(certificate.publicKey, privateKey.pkcs8);
  } catch (error) {
    throw error instanceof CreateSessionError && error.code === 'KEY_INVALID'
      ? new SignerError('KEY_UNREADABLE', `the private key in ${options.privateKey} cannot be used: ${error.message}`)
      : error;
  }
}

async function createSession(
  platform: Platform, options: CredentialOptions, target: Target, identity: HostIdentity, signer: MessageSigner, debug: Debug,
): Promise<Credentials> {
  const caBundle = await readCaBundle(platform);
  const parameters = {
    roleArn: options.roleArn,
    profileArn: options.profileArn,
    trustAnchorArn: options.trustAnchorArn,
    durationSeconds: options.sessionDuration,
    roleSessionName: options.roleSessionName,
  };
  return withRetries(platform, async (number, timeout) => {
    // The date is signed, so each attempt is a request of its own.
    const request = await buildCreateSessionRequest(parameters, { ...identity, signer }, { ...target, date: platform.now() });
    if (number === 1) {
      await checkKeyBelongs(request, identity, options);
      await debug(() => `canonical request:\n${request.canonicalRequest}\nstring to sign:\n${request.stringToSign}`);
    }
    const outcome = await attempt(platform, toHttp(request), { verifyTls: options.verifyTls, caBundle, timeout });
    await debug(() => `attempt ${number}: ${outcome.done ? 'credentials received' : oneLine(outcome.error.message)}`);
    return outcome;
  });
}

/** As AWS's own clients do, the bundle replaces the CAs that are trusted otherwise. */
async function readCaBundle(platform: Platform): Promise<string | undefined> {
  const path = platform.env.AWS_CA_BUNDLE;
  return path ? new TextDecoder().decode(await readFile(platform, path, 'AWS_CA_BUNDLE')) : undefined;
}

/** The service would say "Invalid signature"; here the files can be named. */
async function checkKeyBelongs(request: SignedRequest, { certificate, chain }: HostIdentity, options: CredentialOptions): Promise<void> {
  const message = new TextEncoder().encode(request.stringToSign);
  if (await verifySignature(certificate, message, request.signature)) {
    return;
  }
  const others = await Promise.all(chain.map(async (other) => other.publicKey.kind === certificate.publicKey.kind
    && describeKey(other.publicKey) === describeKey(certificate.publicKey) && verifySignature(other, message, request.signature)));
  const owner = chain[others.indexOf(true)];
  throw new SignerError('KEY_CERTIFICATE_MISMATCH',
    `the private key in ${options.privateKey} does not belong to the certificate ${oneLine(certificate.subject.toString(), 200)} `
    + `in ${options.certificate}`
    + (owner ? `, but to ${oneLine(owner.subject.toString(), 200)} further down; put the host's own certificate first` : ''));
}

function toHttp(request: SignedRequest): HttpRequest {
  const { host: _host, ...headers } = request.headers;
  return { method: request.method, url: request.url, body: request.body, headers: { ...headers, 'user-agent': `roles-anywhere-signer/${VERSION}` } };
}

async function attempt(
  platform: Platform, request: HttpRequest, connection: Parameters<Platform['send']>[1],
): Promise<Outcome<Credentials>> {
  let response: HttpResponse;
  try {
    response = await platform.send(request, connection);
  } catch (cause) {
    return { done: false, ...connectionFailure(cause, new URL(request.url), platform) };
  }
  if (response.status >= 200 && response.status < 300) {
    return { done: true, value: readCredentials(response) };
  }
  const retry = response.status === 429 || response.status >= 500 || /^Throttling/.test(readServiceError(response).type);
  return { done: false, error: serviceFailure(response, platform.now()), retry, retryAfter: parseRetryAfter(response.header('retry-after')) };
}

/** One line of JSON without a line end, keys in the order of AWS's own helper. */
async function print(platform: Platform, credentials: Credentials): Promise<void> {
  const text = JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
  });
  try {
    await platform.writeOutput(text);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    throw new SignerError('OUTPUT_FAILED', `the credentials could not be written to standard output (${code})`);
  }
}
