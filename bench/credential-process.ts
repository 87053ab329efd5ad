/** Bench: one `credential-process` run of the signer, against curl doing the same POST and AWS's own helper, and against itself with a warm cache. */
import { join } from 'path';
import { Contestant, Figure, Row, runOnce, timeProcesses, Bench } from './figures';
import {
  ACCESS_KEY_ID, ARNS, awsHelperRun, AWS_HELPER, BenchHost, flagsFor, missing, Scene, signerRun, Trust, trusted, TRUST_TITLES, withScene,
} from './scene';
import { buildCreateSessionRequest, privateKeySigner } from '../src/create-session';
import { readCertificate, readPem } from '../src/x509';
import type { TestKey } from '../test/support/pki';

const ROUNDS = 100;
const WARM_UP_ROUNDS = 5;

/** Keys, and what is trusted: reading the usual CAs takes some programs longer than all the rest. */
const UNCACHED: ReadonlyArray<readonly [TestKey, Trust]> = [['P-256', 'usual'], ['RSA-2048', 'usual'], ['P-256', 'one']];

/** The bench. */
export const credentialProcess: Bench = {
  name: 'credential-process',
  run: (progress) => withScene(progress, async (scene) => {
    const figures: Figure[] = [];
    for (const [key, trust] of UNCACHED) {
      progress(`credential-process with ${key}, ${TRUST_TITLES[trust]}: ${ROUNDS} rounds ...`);
      const title = `credential-process, ${key} key, no cache, TLS on loopback, ${TRUST_TITLES[trust]}, whole process, median of ${ROUNDS}`;
      figures.push(measure(title, await uncached(scene, await scene.host(key), trust)));
    }
    progress(`credential-process with a warm cache: ${ROUNDS} rounds ...`);
    figures.push(measure(`credential-process, P-256 key, warm cache, whole process, median of ${ROUNDS}`, withCache(scene, await scene.host('P-256'))));
    return figures;
  }),
};

interface Entry {
  readonly label: string;
  readonly contestant: Contestant;
  readonly goal?: number;
  readonly note?: string;
  /** Why it cannot take part. */
  readonly skipped?: string;
  /** Whether it has credentials to print. @default true */
  readonly isSilent?: boolean;
}

/** For scale. */
const NOTHING: Entry = {
  label: 'a process that does nothing',
  note: 'for scale: what starting any process costs here',
  contestant: { command: [process.platform === 'win32' ? 'whoami' : 'true'] },
  isSilent: true,
};

async function uncached(scene: Scene, host: BenchHost, trust: Trust): Promise<Entry[]> {
  const args = ['credential-process', ...flagsFor(scene, host)];
  return [
    { label: 'signer, standalone binary', contestant: signerRun(scene, [scene.binary], args, trust) },
    {
      label: 'curl, the same POST',
      goal: 1,
      ...missing('curl', ['--version']),
      contestant: { command: ['curl', ...await curlArguments(scene, host, trust)] },
    },
    { label: AWS_HELPER, goal: 1, ...missing(AWS_HELPER, ['version']), contestant: awsHelperRun(scene, args, trust) },
    { label: `signer, portable module on Node.js ${process.version}`, contestant: signerRun(scene, [process.execPath, scene.portable], args, trust) },
    NOTHING,
  ];
}

function withCache(scene: Scene, host: BenchHost): Entry[] {
  const args = ['credential-process', ...flagsFor(scene, host)];
  const cached = [...args, '--cache', '--cache-dir', join(scene.folder, 'cache')];
  const portable = [process.execPath, scene.portable];
  return [
    { label: 'signer, standalone binary', contestant: signerRun(scene, [scene.binary], cached) },
    { label: 'the same without the cache', goal: 0.6, contestant: signerRun(scene, [scene.binary], args) },
    { label: `${AWS_HELPER}, which has no cache`, ...missing(AWS_HELPER, ['version']), contestant: awsHelperRun(scene, args) },
    { label: `signer, portable module on Node.js ${process.version}, warm cache`, contestant: signerRun(scene, portable, cached) },
    NOTHING,
  ];
}

/** Runs all contestants once to see that they do what is measured, then some rounds to warm up, then the rounds that count. */
function measure(title: string, entries: readonly Entry[]): Figure {
  const present = entries.filter(({ skipped }) => skipped === undefined);
  present.filter(({ isSilent }) => !isSilent).forEach(({ label, contestant }) => checkOutput(label, runOnce(contestant)));
  timeProcesses(present.map(({ contestant }) => contestant), WARM_UP_ROUNDS);
  const medians = timeProcesses(present.map(({ contestant }) => contestant), ROUNDS);
  const [subject, ...peers] = entries.map(({ label, note, goal, skipped }): Row => (
    skipped === undefined ? { label, note, goal, value: medians[present.findIndex((entry) => entry.label === label)] } : { label, note: skipped }));
  return { title, unit: 'ms', subject, peers };
}

/** curl sends what the signer would send, signed beforehand. */
async function curlArguments(scene: Scene, { issued }: BenchHost, trust: Trust): Promise<string[]> {
  const certificate = readCertificate(issued.der);
  const signer = await privateKeySigner(certificate.publicKey, readPem(issued.keyPem)[0].der);
  const parameters = { ...ARNS, durationSeconds: 3600 };
  const request = await buildCreateSessionRequest(parameters, { certificate, chain: [], signer }, { endpoint: scene.endpoint, region: 'eu-west-2' });
  const { host: _, ...headers } = request.headers;
  return [
    '--silent', '--show-error', '--fail', '--cacert', trusted(scene, trust), '--request', 'POST', '--data', request.body,
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]), request.url,
  ];
}

function checkOutput(label: string, output: string): void {
  if (!output.includes(ACCESS_KEY_ID)) {
    throw new Error(`${label} printed no credentials: ${output.substring(0, 200)}`);
  }
}
