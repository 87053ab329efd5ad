/** What the benches of the signer share: the programs, certificates, and an endpoint that answers every call, in a process of its own. */
import { ChildProcess, fork, spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { rootCertificates } from 'tls';
import type { Contestant } from './figures';
import { buildSigner, ownTarget, SIGNER_FOLDER, signerFileName } from '../scripts/build-signer';
import { bundleProgram } from '../scripts/bundle';
import { projectRoot } from '../scripts/project';
import { createRootCa, Issued, issueHost, TestKey } from '../test/support/pki';

/** What every call asks for. */
export const ARNS = {
  roleArn: 'arn:aws:iam::111122223333:role/Bench',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
};

/** The key of the endpoint's credentials, which programs have to print. */
export const ACCESS_KEY_ID = 'ASIAEXAMPLEEXAMPLE';

/** Everything that is measured, and what it is measured with. */
export interface Scene {
  readonly folder: string;
  /** The standalone signer. */
  readonly binary: string;
  /** The signer for Node.js. */
  readonly portable: string;
  /** PEM file of the CA of hosts and endpoint. */
  readonly ca: string;
  /** PEM file of that CA and of those that systems usually trust. */
  readonly usualCas: string;
  readonly endpoint: string;
  /** Issues a certificate, and writes it and its key to files. */
  host(key: TestKey): Promise<BenchHost>;
}

/** A host, and its files. */
export interface BenchHost {
  readonly issued: Issued;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Sets the scene for an action, and clears it away afterwards. */
export async function withScene<T>(progress: (text: string) => void, action: (scene: Scene) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  let listener: ChildProcess | undefined;
  try {
    const programs = await buildPrograms(folder, progress);
    const root = await createRootCa('CN=Bench Root');
    const server = await issueHost(root, 'CN=localhost', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }] });
    const started = await startListener(write(folder, 'server.key', server.keyPem), write(folder, 'server.pem', server.pem));
    listener = started.process;
    return await action({
      ...programs,
      folder,
      ca: write(folder, 'root.pem', root.pem),
      usualCas: write(folder, 'usual.pem', [...rootCertificates, root.pem].join('\n')),
      endpoint: `https://127.0.0.1:${started.port}`,
      host: async (key) => {
        const issued = await issueHost(root, `CN=bench ${key}`, { key });
        return { issued, certificate: write(folder, `${key}.pem`, issued.pem), privateKey: write(folder, `${key}.key`, issued.keyPem) };
      },
    });
  } finally {
    listener?.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildPrograms(folder: string, progress: (text: string) => void): Promise<Pick<Scene, 'binary' | 'portable'>> {
  const target = ownTarget();
  if (target === undefined) {
    throw new Error('there is no standalone signer for this machine to be measured');
  }
  const binary = join(SIGNER_FOLDER, signerFileName(target));
  if (!existsSync(binary) || statSync(binary).mtimeMs < newestSource()) {
    progress(`building ${signerFileName(target)} ...`);
    await buildSigner(target);
  }
  const portable = join(folder, 'roles-anywhere-signer.mjs');
  await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), portable, { format: 'esm' });
  return { binary, portable };
}

/** When what the binary is made of was last changed, in milliseconds. */
function newestSource(): number {
  const folders = ['signer', 'src/x509', 'src/create-session', 'src/credentials', 'scripts'].map((name) => join(projectRoot, name));
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function write(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function startListener(keyFile: string, certificateFile: string): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'listener.ts'), [keyFile, certificateFile]);
    child.once('message', (port) => resolve({ process: child, port: port as number }));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the listener ended with exit code ${code}`)));
  });
}

/** The flags that our signer and AWS's have in common, for a host. */
export function flagsFor({ endpoint }: Pick<Scene, 'endpoint'>, { certificate, privateKey }: BenchHost): string[] {
  return [
    '--certificate', certificate, '--private-key', privateKey,
    '--role-arn', ARNS.roleArn, '--profile-arn', ARNS.profileArn, '--trust-anchor-arn', ARNS.trustAnchorArn, '--endpoint', endpoint,
  ];
}

/** Name of AWS's helper, where it is on the PATH. */
export const AWS_HELPER = 'aws_signing_helper';

/** Which CAs a program trusts: those that systems usually have and the endpoint's, as on most hosts, or the endpoint's alone. */
export type Trust = 'usual' | 'one';

/** How that is called in titles. */
export const TRUST_TITLES: Readonly<Record<Trust, string>> = { usual: 'trusting the CAs that systems do', one: 'trusting one CA' };

/** The file of the CAs that a program trusts. */
export function trusted(scene: Scene, trust: Trust): string {
  return trust === 'usual' ? scene.usualCas : scene.ca;
}

/** A run of our signer. Bun and Node.js have the usual CAs built in, and take another one beside them. */
export function signerRun(scene: Scene, program: readonly string[], args: readonly string[], trust: Trust = 'usual'): Contestant {
  return trust === 'usual'
    ? { command: [...program, ...args], env: { NODE_EXTRA_CA_CERTS: scene.ca } }
    : { command: [...program, ...args, '--ca-bundle', scene.ca] };
}

/** A run of AWS's helper. It takes CAs by Go's variables; without the folder's it would read the certificates of the system as well. */
export function awsHelperRun(scene: Scene, args: readonly string[], trust: Trust = 'usual'): Contestant {
  const empty = join(scene.folder, 'no-certificates');
  mkdirSync(empty, { recursive: true });
  return { command: [AWS_HELPER, ...args], env: { SSL_CERT_FILE: trusted(scene, trust), SSL_CERT_DIR: empty, HOME: scene.folder } };
}

/** Why a program cannot take part, where it cannot. */
export function missing(program: string, args: readonly string[]): { readonly skipped?: string } {
  return spawnSync(program, args, { stdio: 'ignore' }).error ? { skipped: `${program} is not on the PATH` } : {};
}
