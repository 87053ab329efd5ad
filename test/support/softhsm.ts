/** Tokens of SoftHSM in a folder of their own, filled with keys and certificates by the tools that people use. */
import { execFileSync, spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/** Where distributions put the module. */
const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so', '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so', '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/** SoftHSM's module. */
export const SOFTHSM_MODULE = MODULES.find(existsSync) ?? MODULES[0];

/** Why SoftHSM cannot be used here, or undefined where it can. */
export const softhsmMissing: string | undefined = !MODULES.some(existsSync) || spawnSync('softhsm2-util', ['--version']).status !== 0
  ? 'SoftHSM 2 is not installed' : toolMissing();

function toolMissing(): string | undefined {
  // Its help ends with an exit code of its own.
  return spawnSync('pkcs11-tool', ['--help']).error ? 'pkcs11-tool (OpenSC) is not installed' : undefined;
}

/** PIN of the user of every token here. */
export const PIN = '1234-user';

/** What of an object is set when it is imported. */
export interface ObjectNames {
  /** Hexadecimal. @default - none */
  readonly id?: string;
  readonly label: string;
}

/** A SoftHSM with tokens of its own. */
export class SoftHsm {
  public readonly folder = mkdtempSync(join(tmpdir(), 'softhsm-'));
  /** The environment that programs have to run in to see these tokens. */
  public readonly env: Readonly<Record<string, string>>;

  public constructor() {
    const configuration = join(this.folder, 'softhsm2.conf');
    mkdirSync(join(this.folder, 'tokens'));
    writeFileSync(configuration, `directories.tokendir = ${join(this.folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    this.env = { PATH: process.env.PATH ?? '', SOFTHSM2_CONF: configuration };
  }

  public addToken(label: string): void {
    this.run('softhsm2-util', '--init-token', '--free', '--label', label, '--so-pin', '5678-officer', '--pin', PIN);
  }

  public removeToken(label: string): void {
    this.run('softhsm2-util', '--delete-token', '--token', label);
  }

  /** Brings a private key onto a token, with its public key beside it. */
  public importKey(token: string, keyPem: string, { id, label }: ObjectNames & { readonly id: string }): void {
    const path = this.write('key.pem', keyPem);
    this.run('softhsm2-util', '--import', path, '--token', token, '--label', label, '--id', id, '--pin', PIN);
  }

  /** Brings a private key onto a token that wants a PIN for each signature. */
  public importConfirmedKey(token: string, keyPem: string, names: ObjectNames): void {
    const path = this.write('key.pem', keyPem);
    const der = join(this.folder, 'key.der');
    this.run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', path, '-outform', 'DER', '-out', der);
    this.tool(token, names, '--write-object', der, '--type', 'privkey', '--usage-sign', '--always-auth');
  }

  public importCertificate(token: string, der: Uint8Array, names: ObjectNames, ...more: string[]): void {
    this.tool(token, names, '--write-object', this.write('certificate.der', der), '--type', 'cert', ...more);
  }

  public removeCertificate(token: string, names: ObjectNames): void {
    this.tool(token, names, '--delete-object', '--type', 'cert');
  }

  /** Writes a file into the folder, and returns its path. */
  public write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  public destroy(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private tool(token: string, { id, label }: ObjectNames, ...args: string[]): void {
    this.run('pkcs11-tool', '--module', SOFTHSM_MODULE, '--token-label', token, '--login', '--pin', PIN, ...args,
      ...(id === undefined ? [] : ['--id', id]), '--label', label);
  }

  private run(program: string, ...args: string[]): void {
    execFileSync(program, args, { env: this.env, stdio: 'pipe', timeout: 30_000 });
  }
}
