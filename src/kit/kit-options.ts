/** What a kit is made of. */
import { KitError } from './errors';
import type { HostConfiguration } from './host-configuration';
import type { HostPaths } from './host-paths';
import type { Target } from './targets';

/** What the files of a kit are written from. */
export interface KitOptions {
  /** Name of the kit, as it may stand in file names: see {@link kitName}. */
  readonly name: string;
  readonly target: Target;
  readonly paths: HostPaths;
  /** What every host is told; without it and `hosts`, the kit is given its configuration when it is installed. */
  readonly configuration?: HostConfiguration;
  /** The host that the configuration is for. @default - any */
  readonly host?: string;
  /** What each host is told, by the name of the host. */
  readonly hosts?: ReadonlyMap<string, HostConfiguration>;
  /** In place of the service's own, to try things out. */
  readonly endpoint?: string;
  /** Whom the team may ask. @default - whoever gave them the kit */
  readonly contact?: string;
  /** Version of the signer. */
  readonly version: string;
}

/** A name as it may stand in file names, in INI sections and on command lines. */
export function kitName(name: string): string {
  const slug = name.replace(/[^A-Za-z0-9._-]+/gu, '-').replace(/^[.-]+|[.-]+$/gu, '');
  if (slug === '' || slug.length > 64) {
    throw new KitError('INVALID_TEXT', `${JSON.stringify(name.substring(0, 80))} cannot be the name of a kit: it needs letters or digits, 64 characters at most`);
  }
  return slug;
}

/**
 * A remark for people, of one line.
 *
 * @throws KitError `INVALID_TEXT`
 */
export function checkedContact(text: string): string {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) || text.trim() === '' || text.length > 200) {
    throw new KitError('INVALID_TEXT', 'the contact is a line of text, 200 characters at most');
  }
  return text.trim();
}

/** Name of the signer's file in a kit. */
export function signerNameIn({ system, bunTarget }: Target): string {
  return `roles-anywhere-signer${bunTarget === undefined ? '.mjs' : system === 'windows' ? '.exe' : ''}`;
}

/** Folder of the archive that everything is in. */
export function kitFolder({ name, target }: Pick<KitOptions, 'name' | 'target'>): string {
  return `${name}-${target.name}`;
}

/** File name of the archive. */
export function archiveName(kit: Pick<KitOptions, 'name' | 'target'>): string {
  return `${kitFolder(kit)}.${kit.target.system === 'windows' ? 'zip' : 'tar.gz'}`;
}

/** File name of the configuration of a host in the folder `hosts`. */
export function hostFileName(host: string): string {
  // Names that differ stay different: what is replaced is told apart by its code.
  return `${host.replace(/[^A-Za-z0-9._-]/gu, (sign) => `%${sign.codePointAt(0)!.toString(16)}`).replace(/^\./u, '%2e')}.json`;
}
