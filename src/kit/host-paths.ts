/** Where things are on a host. */
import { KitError } from './errors';
import type { Target } from './targets';

/** Paths on a host. */
export interface HostPaths {
  /** The signer. */
  readonly signer: string;
  /** Its configuration. */
  readonly configuration: string;
  /** The host's certificate, with its chain behind it. */
  readonly certificate: string;
  /** The private key of the certificate. */
  readonly privateKey: string;
}

/** Where things are unless somebody says otherwise; the configuration is where the signer looks for it. */
export function defaultPaths({ system, bunTarget }: Target): HostPaths {
  if (system === 'windows') {
    return {
      signer: 'C:\\Program Files\\roles-anywhere-signer\\roles-anywhere-signer.exe',
      configuration: 'C:\\ProgramData\\roles-anywhere\\config.json',
      certificate: 'C:\\ProgramData\\roles-anywhere\\host.pem',
      privateKey: 'C:\\ProgramData\\roles-anywhere\\host.key',
    };
  }
  return {
    signer: `/usr/local/bin/roles-anywhere-signer${bunTarget === undefined ? '.mjs' : ''}`,
    configuration: '/etc/roles-anywhere/config.json',
    certificate: '/etc/roles-anywhere/host.pem',
    privateKey: '/etc/roles-anywhere/host.key',
  };
}

/** What a path must not have in it, and why. */
interface Ban {
  readonly pattern: RegExp;
  readonly why: string;
}

const EVERYWHERE: readonly Ban[] = [
  { pattern: /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u, why: 'it has control characters in it' },
  { pattern: /^\s|\s$/u, why: 'it begins or ends with a blank' },
  // SDKs take what follows for a remark (AWS SDK for JavaScript v3: shared-ini-file-loader; for Go v2: internal/ini).
  { pattern: /\s[#;]/u, why: 'a # or ; follows a blank, where ~/.aws/config has a remark begin' },
];

const POSIX: readonly Ban[] = [
  { pattern: /^(?!\/)/u, why: 'it does not begin with /' },
  { pattern: /\/$/u, why: 'it ends with /, so it is no file' },
  { pattern: /\/\.{1,2}(?:\/|$)|\/\//u, why: 'it has . or .. or an empty name in it' },
  { pattern: /["'\\]/u, why: 'it has quotes or backslashes in it, which systemd forbids and SDKs read in several ways' },
];

const WINDOWS: readonly Ban[] = [
  { pattern: /^(?![A-Za-z]:\\[^\\])/u, why: 'it does not begin with a drive, such as C:\\' },
  { pattern: /[\\. ]$/u, why: 'it ends with a dot, a blank or a backslash' },
  { pattern: /\\\.{1,2}(?:\\|$)|\\\\/u, why: 'it has . or .. or an empty name in it' },
  { pattern: /[<>"/|?*]|.:.*:/u, why: 'it has characters in it that Windows forbids' },
  { pattern: /[%!^]/u, why: 'it has %, ! or ^ in it, which the shell replaces' },
];

/**
 * The paths of a host, with those that were given in place of the usual ones.
 *
 * @throws KitError `INVALID_PATH` where one cannot be a file on such a host, or would be misread by one of the programs that read it
 */
export function hostPaths(target: Target, given: Partial<HostPaths> = {}): HostPaths {
  const usual = defaultPaths(target);
  const bans = [...EVERYWHERE, ...target.system === 'windows' ? WINDOWS : POSIX];
  const choose = (name: keyof HostPaths): string => {
    const path = given[name] ?? usual[name];
    const ban = bans.find(({ pattern }) => pattern.test(path));
    if (ban) {
      throw new KitError('INVALID_PATH', `${JSON.stringify(path)} cannot be the path of the ${NAMES[name]} on a host of ${target.name}: ${ban.why}`);
    }
    return path;
  };
  return { signer: choose('signer'), configuration: choose('configuration'), certificate: choose('certificate'), privateKey: choose('privateKey') };
}

const NAMES: Readonly<Record<keyof HostPaths, string>> = {
  signer: 'signer', configuration: 'configuration', certificate: 'certificate', privateKey: 'private key',
};

/** The folder of a file. */
export function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/u, '') || '/';
}

/** The last name of a path. */
export function fileNameOf(path: string): string {
  return path.replace(/^.*[\\/]/u, '');
}
