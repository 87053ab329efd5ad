/** A token whose keys are made in a TPM (simulated by swtpm) and never leave it, as tpm2-pkcs11 offers it. */
import { ChildProcess, execFileSync, spawn, spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { createServer, AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';

const MODULES = [
  '/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so', '/usr/lib/aarch64-linux-gnu/pkcs11/libtpm2_pkcs11.so',
  '/usr/lib64/pkcs11/libtpm2_pkcs11.so', '/usr/lib/pkcs11/libtpm2_pkcs11.so',
];

/** The module of tpm2-pkcs11. */
export const TPM_MODULE = MODULES.find(existsSync) ?? MODULES[0];

/** Why there is no TPM for tests here, or undefined where there is. */
export const tpmMissing: string | undefined = !MODULES.some(existsSync) ? 'tpm2-pkcs11 is not installed'
  : spawnSync('swtpm', ['--version']).status !== 0 ? 'swtpm is not installed'
    : spawnSync('pkcs11-tool', ['--help']).error ? 'pkcs11-tool (OpenSC) is not installed' : undefined;

/** PIN of the token's user. */
export const TPM_PIN = '4321-user';

const OFFICER_PIN = '8765-officer';

/** A TPM with one token. */
export class TpmToken {
  /** Starts a TPM and makes a token in it. */
  public static async start(label: string): Promise<TpmToken> {
    const folder = mkdtempSync(join(tmpdir(), 'tpm-'));
    mkdirSync(join(folder, 'state'));
    mkdirSync(join(folder, 'store'));
    const [port, controlPort] = await freeAdjacentPorts();
    const process = spawn('swtpm', [
      'socket', '--tpm2', '--tpmstate', `dir=${join(folder, 'state')}`, '--flags', 'not-need-init,startup-clear',
      '--server', `type=tcp,port=${port},bindaddr=127.0.0.1`, '--ctrl', `type=tcp,port=${controlPort},bindaddr=127.0.0.1`,
    ], { stdio: 'ignore' });
    const token = new TpmToken(folder, label, port, process);
    try {
      await token.initialize();
    } catch (error) {
      token.stop();
      throw error;
    }
    return token;
  }

  /** The environment that programs have to run in to see the token. */
  public readonly env: Readonly<Record<string, string>>;

  private constructor(public readonly folder: string, private readonly label: string, port: number, private readonly tpm: ChildProcess) {
    this.env = {
      PATH: process.env.PATH ?? '',
      TPM2_PKCS11_STORE: join(folder, 'store'),
      TPM2_PKCS11_TCTI: `swtpm:host=127.0.0.1,port=${port}`,
      // The module tells of its doings on standard error otherwise.
      TPM2_PKCS11_LOG_LEVEL: '0',
      TSS2_LOG: 'all+NONE',
    };
  }

  /** Makes a key pair in the TPM, and returns the public key (SubjectPublicKeyInfo). */
  public makeKey(type: 'EC:prime256v1' | 'rsa:2048', id: string, label: string): Uint8Array {
    this.tool('--login', '--pin', TPM_PIN, '--keypairgen', '--key-type', type, '--id', id, '--label', label);
    const path = join(this.folder, 'public.der');
    this.tool('--read-object', '--type', 'pubkey', '--id', id, '--output-file', path);
    return new Uint8Array(readFileSync(path));
  }

  /** Ends the TPM and removes everything. */
  public stop(): void {
    this.tpm.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async initialize(): Promise<void> {
    // swtpm takes a moment to listen.
    for (let attempt = 1; ; attempt++) {
      try {
        this.run('--init-token', '--slot-index', '0', '--label', this.label, '--so-pin', OFFICER_PIN);
        break;
      } catch (error) {
        if (attempt === 50) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    this.tool('--init-pin', '--login', '--login-type', 'so', '--so-pin', OFFICER_PIN, '--new-pin', TPM_PIN);
  }

  private tool(...args: string[]): void {
    this.run('--token-label', this.label, ...args);
  }

  private run(...args: string[]): void {
    execFileSync('pkcs11-tool', ['--module', TPM_MODULE, ...args], { env: this.env, stdio: 'pipe', timeout: 30_000 });
  }
}

/** The library finds the control channel one port above the other. */
async function freeAdjacentPorts(): Promise<readonly [number, number]> {
  for (;;) {
    const port = await freePort(0);
    if (port !== undefined && await freePort(port + 1) !== undefined) {
      return [port, port + 1];
    }
  }
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => resolve(found));
    });
  });
}
