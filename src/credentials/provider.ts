/** A credential provider for clients of the AWS SDK for JavaScript v3 on Node.js. */
import { CreateSessionClient, SessionObserver, SessionOptions } from './create-session-client';
import { CredentialsError, oneLine } from './errors';
import type { Host } from './host';
import { fileIdentitySource } from './identity-files';
import { nodeHost } from './node-host';
import { RefreshClock, RefreshingCredentials, SYSTEM_CLOCK } from './refreshing-credentials';
import type { Credentials } from './response';
import { parseArn } from '../create-session/arn';

/** Where a certificate or a key is: the path of a file, or its text. */
export type PemSource = string | { readonly pem: string };

/** Takes messages; `console` is one, and so are the loggers that SDK clients take. */
export interface RolesAnywhereLogger {
  debug?(message: string): void;
  info?(message: string): void;
  warn?(message: string): void;
}

/** Who asks for credentials, for which role, and how the service is reached. */
export interface FromRolesAnywhereOptions {
  /**
   * The host's certificate, and behind it those between it and the trust anchor: a PEM or DER file, or PKCS#12 with everything in it.
   * Files are read anew for each session, so that a certificate that was rotated is taken up.
   */
  readonly certificate: PemSource;
  /** Its private key, PEM or DER. @default - the file of the certificate has both */
  readonly privateKey?: PemSource;
  /** The certificates between the host's own and the trust anchor. @default - those behind the host's own */
  readonly intermediates?: PemSource;
  /** Passphrase of what is encrypted; a function is called when it is needed, with the name of what it is for. @default - none */
  readonly passphrase?: string | ((what: string) => string | Promise<string>);

  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  /** Seconds that the credentials are to last, 900 to 43200. @default - the profile's duration */
  readonly sessionDuration?: number;
  /** Name of the session, which only profiles with acceptRoleSessionName take. @default - the certificate's serial number */
  readonly roleSessionName?: string;

  /** @default - the trust anchor's */
  readonly region?: string;
  /** `https://host[:port]`. @default - the service's endpoint in the Region */
  readonly endpoint?: string;
  /** @default - as AWS_USE_FIPS_ENDPOINT says, otherwise false */
  readonly fips?: boolean;
  /** @default - as AWS_USE_DUALSTACK_ENDPOINT says, otherwise false */
  readonly dualStack?: boolean;
  /** Path of a PEM file of the CAs to trust for TLS, instead of the usual ones. @default - that of AWS_CA_BUNDLE */
  readonly caBundle?: string;
  /** URL of a proxy. @default - that of HTTPS_PROXY or HTTP_PROXY, but for NO_PROXY */
  readonly proxy?: string;
  /** Milliseconds for making a session, with all its attempts. @default 30000 */
  readonly deadline?: number;
  /** How often making a session is tried. @default 3 */
  readonly attempts?: number;

  /** Is told of new sessions, of failures, and of details. Secrets are not among them. @default - nobody is told */
  readonly logger?: RolesAnywhereLogger;
}

/** Credentials in the form that SDK clients take. */
export interface RolesAnywhereCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  /** Account of the role. */
  readonly accountId: string;
}

/** Resolves to credentials that are valid; SDK clients call it again when theirs come to their end. */
export type RolesAnywhereCredentialProvider = (properties?: {
  /** Whether to make a new session even where there are valid credentials. */
  readonly forceRefresh?: boolean;
}) => Promise<RolesAnywhereCredentials>;

/**
 * Credentials for a host that is not in AWS, from its certificate, by IAM Roles Anywhere.
 *
 * A session is made when credentials are needed and kept for all who ask, so one provider does for all clients of a process. New ones are
 * made before the old ones expire, by one call however many ask; where that fails, the old ones are given out for as long as they are valid.
 * Nothing happens in between, and nothing keeps the process alive.
 *
 * In a chain of providers, a failure ends the chain: a host whose certificate does not work is not to run on with whatever else is found.
 *
 * @throws CredentialsError `CERTIFICATE_UNREADABLE`, `KEY_UNREADABLE` where text is given in place of a path; CreateSessionError `ARN_*`,
 * `REGION_INVALID`, `PARTITION_UNKNOWN`, `ENDPOINT_*`; RangeError for numbers out of their range. The provider itself rejects with
 * CredentialsError, whose `code` says what is wrong, or CreateSessionError for keys that Roles Anywhere does not take.
 *
 * @example
 *
 * import { S3Client } from '@aws-sdk/client-s3';
 * import { fromRolesAnywhere } from 'cdk-roles-anywhere/credentials';
 *
 * const s3 = new S3Client({
 *   region: 'eu-west-2',
 *   credentials: fromRolesAnywhere({
 *     certificate: '/etc/pki/host.pem',
 *     privateKey: '/etc/pki/host.key',
 *     trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
 *     profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
 *     roleArn: 'arn:aws:iam::111122223333:role/Uploader',
 *   }),
 * });
 */
export function fromRolesAnywhere(options: FromRolesAnywhereOptions): RolesAnywhereCredentialProvider {
  return createProvider(options, nodeHost(), SYSTEM_CLOCK);
}

/** SDK clients ask for new credentials when theirs have less than this many milliseconds left. */
const EXPIRING_SOON = 5 * 60_000;

/** The provider on any machine, with any clock. */
export function createProvider(options: FromRolesAnywhereOptions, host: Host, clock: RefreshClock): RolesAnywhereCredentialProvider {
  checkNumbers(options);
  const { passphrase, logger = {} } = options;
  const { certificate, privateKey, intermediates, readFile } = placeSources(options, host);
  const source = fileIdentitySource({ readFile }, { certificate, privateKey, intermediates },
    passphrase === undefined ? undefined : async (what) => (typeof passphrase === 'string' ? passphrase : passphrase(what)));
  const client = new CreateSessionClient(host, sessionOptions(options, host.env), `cdk-roles-anywhere/${packageVersion()}`, observerOf(logger));

  // The call under way, which those may wait for whose credentials come to their end.
  let call: Promise<Credentials> | undefined;
  const obtain = () => {
    const begun = source.read().then((identity) => client.create(identity));
    const end = () => {
      call = undefined;
    };
    begun.then(end, end);
    call = begun;
    return begun;
  };
  const credentials = new RefreshingCredentials(obtain, clock, {
    refreshed: ({ expiration, assumedRoleArn }) => logger.info?.(`new session ${assumedRoleArn ?? options.roleArn}, valid until ${expiration}`),
    failed: ({ error, validUntil, nextAttempt }) => logger.warn?.(`no new session: ${describe(error)}; `
      + `${validUntil ? `the credentials at hand are valid until ${validUntil.toISOString()}, ` : ''}next attempt after ${nextAttempt.toISOString()}`),
  });
  const current = async () => {
    const atHand = await credentials.get();
    if (call === undefined || Date.parse(atHand.expiration) - clock.now().getTime() >= EXPIRING_SOON) {
      return atHand;
    }
    // What is wrong with a call that fails is told to the logger; what is at hand is still good.
    await call.catch(() => undefined);
    return credentials.get();
  };

  const { accountId } = parseArn(options.roleArn, 'role');
  return async ({ forceRefresh = false } = {}) => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (forceRefresh ? credentials.refresh() : current());
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiration), accountId };
  };
}

/** Of this package, which is two folders up from here before and after it is compiled. */
function packageVersion(): string {
  // A file read at run time would be missing where somebody has bundled this.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('../../package.json') as { readonly version: string }).version;
}

/** Bounds of numbers that would otherwise be found wrong by the service only, or by nobody. */
function checkNumbers({ sessionDuration, deadline, attempts }: FromRolesAnywhereOptions): void {
  checkNumber('sessionDuration', sessionDuration, 900, 43_200);
  checkNumber('deadline', deadline, 1, 3_600_000);
  checkNumber('attempts', attempts, 1, 20);
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw new RangeError(`${name} is a whole number from ${min} to ${max}, not ${value}`);
  }
}

function sessionOptions(options: FromRolesAnywhereOptions, env: Host['env']): SessionOptions {
  const { trustAnchorArn, profileArn, roleArn, sessionDuration, roleSessionName, region, endpoint, caBundle, proxy, deadline, attempts } = options;
  return {
    trustAnchorArn,
    profileArn,
    roleArn,
    sessionDuration,
    roleSessionName,
    region,
    endpoint,
    fips: options.fips ?? env.AWS_USE_FIPS_ENDPOINT === 'true',
    dualStack: options.dualStack ?? env.AWS_USE_DUALSTACK_ENDPOINT === 'true',
    caBundle,
    proxy,
    deadline,
    attempts,
  };
}

/** Sources under the names that messages call them by, and what reads them. */
interface PlacedSources extends Pick<Host, 'readFile'> {
  readonly certificate: string;
  readonly privateKey: string;
  readonly intermediates?: string;
}

function placeSources(options: FromRolesAnywhereOptions, host: Host): PlacedSources {
  const texts = new Map<string, Uint8Array>();
  const place = (name: 'certificate' | 'privateKey' | 'intermediates', source: PemSource): string => {
    if (typeof source === 'string') {
      return checkPath(name, source);
    }
    const key = `(text of ${name})`;
    texts.set(key, new TextEncoder().encode(source.pem));
    return key;
  };
  const certificate = place('certificate', options.certificate);
  return {
    certificate,
    privateKey: options.privateKey === undefined ? certificate : place('privateKey', options.privateKey),
    ...(options.intermediates === undefined ? {} : { intermediates: place('intermediates', options.intermediates) }),
    readFile: async (path) => texts.get(path) ?? host.readFile(path),
  };
}

/** A key that is taken for a path would end up in a message that says it does not exist. */
function checkPath(name: 'certificate' | 'privateKey' | 'intermediates', path: string): string {
  if (/-----BEGIN|[\r\n\0]/.test(path)) {
    throw new CredentialsError(name === 'privateKey' ? 'KEY_UNREADABLE' : 'CERTIFICATE_UNREADABLE',
      `${name} is the path of a file; give the text itself as ${name}: { pem: ... }`);
  }
  return path;
}

/** The text of a detail is made only where somebody takes it. */
function observerOf(logger: RolesAnywhereLogger): SessionObserver {
  return {
    debug: async (text) => logger.debug?.(text()),
    warn: async (text) => logger.warn?.(text),
  };
}

function describe(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  return oneLine(`${typeof code === 'string' ? `${code}: ` : ''}${message ?? String(error)}`);
}
