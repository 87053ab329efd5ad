/** Names the entry of the cache for a run, and tells by a fingerprint whether the identity is still the one that an entry was obtained with. */
import { sha256Hex } from '../../src/create-session/sha256';
import { isReadOnce } from '../identity/inline-files';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import type { SessionPlan } from '../session';

/** What an entry is found and recognised by. */
export interface CacheKey {
  /** The file's name without its ending: a SHA-256 in hexadecimal. */
  readonly name: string;
  /** What the identity's certificate looks like now. */
  readonly identity: string;
}

/** Settings that say which identity it is. */
const IDENTITY_SETTINGS = ['certificate', 'private-key', 'cert-selector', 'pkcs11-lib', 'sign-command'] as const;

/** Raised where the meaning of names changes. */
const VERSION = 1;

/** Where a certificate is taken from that has no path. */
const VARIABLE = /^env:(.+)$/i;
const PKCS11_URI = /^pkcs11:/i;
const SELECTOR_FILE = /^file:\/\//i;

/** Paths that mean the same in every folder. */
const ABSOLUTE_PATH = /^(?:[\\/]|[a-z]:[\\/])/i;

/**
 * Finds name and fingerprint. Nothing is parsed and no token is opened, but for a certificate on standard input, which can be read only once.
 *
 * - A certificate file's fingerprint is that of its bytes: one that was replaced makes the entry useless at once.
 * - A certificate in a variable or on standard input has no place of its own, so that its content is part of the name.
 * - Of a certificate on a token, only what it is chosen by is known: an entry lasts until it is due, whatever has happened to the token.
 *
 * @returns undefined where the certificate file or the selector's file cannot be read, which obtaining credentials will explain
 * @throws CredentialsError, SignerError where a certificate on standard input cannot be read
 */
export async function cacheKey(platform: Pick<Platform, 'env' | 'readFile'>, settings: Settings, plan: SessionPlan): Promise<CacheKey | undefined> {
  const certificate = settings.text('certificate') ?? '';
  const variable = VARIABLE.exec(certificate)?.[1];
  if (isReadOnce(certificate) || variable !== undefined) {
    const content = variable === undefined ? (await (await plan.open()).source.read()).certificate.raw : platform.env[variable] ?? '';
    const identity = await sha256Hex(content);
    return { name: await sha256Hex(nameText(settings, plan, identity)), identity };
  }
  const [name, files] = await Promise.all([sha256Hex(nameText(settings, plan, '')), readFiles(platform, identityFiles(settings))]);
  return files && { name, identity: (await Promise.all(files.map(sha256Hex))).join(' ') };
}

/** The files whose content decides on the identity. */
function identityFiles(settings: Settings): string[] {
  const certificate = settings.text('certificate');
  const selector = settings.text('cert-selector') ?? '';
  return [
    ...(certificate === undefined || PKCS11_URI.test(certificate) ? [] : [certificate]),
    ...(SELECTOR_FILE.test(selector) ? [selector.replace(SELECTOR_FILE, '')] : []),
  ];
}

async function readFiles(platform: Pick<Platform, 'readFile'>, paths: readonly string[]): Promise<Uint8Array[] | undefined> {
  try {
    return await Promise.all(paths.map((path) => platform.readFile(path)));
  } catch {
    // What is wrong with it is said by those who need it.
    return undefined;
  }
}

/** All that decides on the credentials, as text. */
function nameText(settings: Settings, { options, target }: SessionPlan, identity: string): string {
  const places = IDENTITY_SETTINGS.map((flag) => settings.text(flag) ?? '');
  return JSON.stringify([
    VERSION, options.trustAnchorArn, options.profileArn, options.roleArn, options.sessionDuration ?? 0, options.roleSessionName ?? '',
    target.endpoint, target.region,
    // Without this check, whoever stands in between may have made the credentials.
    options.verifyTls ?? true,
    ...places.map(withoutPin), settings.switch('use-latest-expiring-certificate') ?? false, identity,
    places.slice(0, 2).some(isRelativePath) ? process.cwd() : '',
  ]);
}

/** A PIN has few digits: whoever sees the name of the entry's file could try them all. */
function withoutPin(place: string): string {
  return PKCS11_URI.test(place) ? place.replace(/([?&]pin-value=)[^&]*/gi, '$1') : place;
}

function isRelativePath(place: string): boolean {
  return place !== '' && !isReadOnce(place) && ![ABSOLUTE_PATH, VARIABLE, PKCS11_URI].some((pattern) => pattern.test(place));
}
