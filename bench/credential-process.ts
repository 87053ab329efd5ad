/** Bench: one `credential-process` run of the signer against curl doing the same POST and against AWS's own helper. */
import { ChildProcess, fork, spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Bench, Contestant, Figure, Row, runOnce, timeProcesses } from './figures';
import { buildSigner, ownTarget, SIGNER_FOLDER, signerFileName } from '../scripts/build-signer';
import { bundleProgram } from '../scripts/bundle';
import { projectRoot } from '../scripts/project';
import { buildCreateSessionRequest, privateKeySigner } from '../src/create-session';
import { readCertificate, readPem } from '../src/x509';
import { createRootCa, Issued, issueHost, TestKey } from '../test/support/pki';

const ROUNDS = 100;
const WARM_UP_ROUNDS = 5;

const ARNS = {
  roleArn: 'arn:aws:iam::111122223333:role/Bench',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
};

/** The bench. */
export const credentialProcess: Bench = {
  name: 'credential-process',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    let listener: ChildProcess | undefined;
    try {
      const programs = await buildPrograms(folder, progress);
      const root = await createRootCa('CN=Bench Root');
      const server = await issueHost(root, 'CN=localhost', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }] });
      const ca = write(folder, 'root.pem', root.pem);
      const started = await startListener(write(folder, 'server.key', server.keyPem), write(folder, 'server.pem', server.pem));
      listener = started.process;
      const figures: Figure[] = [];
      for (const key of ['P-256', 'RSA-2048'] as const) {
        progress(`credential-process with ${key}: ${ROUNDS} rounds ...`);
        figures.push(await measure(programs, { folder, root, ca, endpoint: `https://127.0.0.1:${started.port}` }, key));
      }
      return figures;
    } finally {
      listener?.disconnect();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Programs {
  readonly binary: string;
  readonly portable: string;
}

interface Scene {
  readonly folder: string;
  readonly root: Issued;
  readonly ca: string;
  readonly endpoint: string;
}

async function buildPrograms(folder: string, progress: (text: string) => void): Promise<Programs> {
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

/** When the signer's source was last changed, in milliseconds. */
function newestSource(): number {
  const folders = ['signer', 'src/x509', 'src/create-session'].map((name) => join(projectRoot, name));
  const files = [...folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))), join(projectRoot, 'scripts', 'build-signer.ts')];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function write(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function startListener(keyFile: string, certificateFile: string): Promise<{ process: ChildProcess; port: number }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'listener.ts'), [keyFile, certificateFile]);
    child.once('message', (port) => resolve({ process: child, port: port as number }));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the listener ended with exit code ${code}`)));
  });
}

async function measure(programs: Programs, scene: Scene, key: TestKey): Promise<Figure> {
  const host = await issueHost(scene.root, `CN=bench ${key}`, { key });
  const flags = [
    'credential-process', '--certificate', write(scene.folder, `${key}.pem`, host.pem), '--private-key', write(scene.folder, `${key}.key`, host.keyPem),
    '--role-arn', ARNS.roleArn, '--profile-arn', ARNS.profileArn, '--trust-anchor-arn', ARNS.trustAnchorArn, '--endpoint', scene.endpoint,
  ];
  const env = { AWS_CA_BUNDLE: scene.ca };
  const entries: Entry[] = [
    { label: 'signer, standalone binary', contestant: { command: [programs.binary, ...flags], env } },
    { label: 'curl, the same POST', goal: 1, ...missing('curl', ['--version']), contestant: { command: ['curl', ...await curlArguments(scene, host)] } },
    {
      label: 'aws_signing_helper',
      goal: 1,
      ...missing('aws_signing_helper', ['version']),
      contestant: { command: ['aws_signing_helper', ...flags], env: { ...env, HOME: scene.folder } },
    },
    { label: `signer, portable module on Node.js ${process.version}`, contestant: { command: [process.execPath, programs.portable, ...flags], env } },
    { label: 'a process that does nothing', note: 'for scale: what starting any process costs here', contestant: { command: [process.platform === 'win32' ? 'whoami' : 'true'] } },
  ];
  const present = entries.filter(({ skipped }) => skipped === undefined);
  present.slice(0, -1).forEach(({ label, contestant }) => checkOutput(label, runOnce(contestant)));
  timeProcesses(present.map(({ contestant }) => contestant), WARM_UP_ROUNDS);
  const medians = timeProcesses(present.map(({ contestant }) => contestant), ROUNDS);
  const [subject, ...peers] = entries.map(({ label, note, goal, skipped }): Row => (
    skipped === undefined ? { label, note, goal, value: medians[present.findIndex((entry) => entry.label === label)] } : { label, note: skipped }));
  return { title: `credential-process, ${key} key, no cache, TLS on loopback, whole process, median of ${ROUNDS}`, unit: 'ms', subject, peers };
}

interface Entry {
  readonly label: string;
  readonly contestant: Contestant;
  readonly goal?: number;
  readonly note?: string;
  /** Why it cannot take part. */
  readonly skipped?: string;
}

function missing(program: string, args: readonly string[]): { readonly skipped?: string } {
  return spawnSync(program, args, { stdio: 'ignore' }).error ? { skipped: `${program} is not on the PATH` } : {};
}

/** curl sends what the signer would send, signed beforehand. */
async function curlArguments(scene: Scene, host: Issued): Promise<string[]> {
  const certificate = readCertificate(host.der);
  const signer = await privateKeySigner(certificate.publicKey, readPem(host.keyPem)[0].der);
  const parameters = { ...ARNS, durationSeconds: 3600 };
  const request = await buildCreateSessionRequest(parameters, { certificate, chain: [], signer }, { endpoint: scene.endpoint, region: 'eu-west-2' });
  const { host: _, ...headers } = request.headers;
  return [
    '--silent', '--show-error', '--fail', '--cacert', scene.ca, '--request', 'POST', '--data', request.body,
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]), request.url,
  ];
}

function checkOutput(label: string, output: string): void {
  if (!output.includes('ASIAEXAMPLEEXAMPLE')) {
    throw new Error(`${label} printed no credentials: ${output.substring(0, 200)}`);
  }
}
