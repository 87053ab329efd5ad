/** Where processes of the signer are tried out, in both forms in which it is shipped: a home, a certificate, and a service on loopback. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ARN_FLAGS } from './fake-platform';
import { FakeService, ProcessOptions, RunningProcess, startFakeService, startProcess } from './fake-service';
import { buildSigner, ownTarget } from '../../scripts/build-signer';
import { bundleProgram } from '../../scripts/bundle';
import { projectRoot } from '../../scripts/project';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { BUN, bunMissing, describeUnless } from '../support/runtimes';

/** Builds the signer, and resolves with the command that starts it. */
export type Build = () => Promise<readonly string[]>;

/** Home and service are new for each test, all else is for the whole file. */
export interface ProcessScene {
  readonly folder: string;
  /** The home of the processes. */
  readonly home: string;
  readonly service: FakeService;
  readonly portable: Build;
  readonly standalone: Build;
  /** Puts a new certificate, with a new key, in place of the one that is there. */
  issueCertificate(): Promise<void>;
  /** Starts a process that is to get its credentials from the service. */
  start(command: readonly string[], subcommand: string, flags: readonly string[], options?: ProcessOptions): RunningProcess;
}

/** Makes the scene of a test file, and removes it in the end. */
export function processScene(name: string): ProcessScene {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const home = join(folder, 'home');
  const [certificate, privateKey] = [join(folder, 'host.pem'), join(folder, 'host.key')];
  let root: Issued;
  let service: FakeService;

  async function issueCertificate(): Promise<void> {
    const host = await issueHost(root, 'CN=onprem01');
    writeFileSync(certificate, host.pem);
    writeFileSync(privateKey, host.keyPem, { mode: 0o600 });
  }

  beforeAll(async () => {
    root = await createRootCa('CN=Root');
    await issueCertificate();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    mkdirSync(home);
    service = await startFakeService();
  });

  afterEach(async () => {
    await service.close();
    rmSync(home, { recursive: true, force: true });
  });

  return {
    folder,
    home,
    get service() {
      return service;
    },
    portable: async () => {
      const output = join(folder, 'roles-anywhere-signer.mjs');
      await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
      return [process.execPath, output];
    },
    standalone: async () => [(await buildSigner(ownTarget()!, folder, BUN)).path],
    issueCertificate,
    start: (command, subcommand, flags, options = {}) => startProcess(
      [...command, subcommand, '--certificate', certificate, '--private-key', privateKey, ...ARN_FLAGS, '--endpoint', service.url, ...flags],
      { ...options, env: { HOME: home, USERPROFILE: home, ...options.env } },
    ),
  };
}

/** Describes the same tests for both forms: they are one program. */
export function describeBothForms(what: string, { portable, standalone }: ProcessScene, tests: (build: Build, form: 'portable' | 'standalone') => void): void {
  describe(`${what} of the portable module`, () => tests(portable, 'portable'));
  const missing = bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined);
  describeUnless(missing, `${what} of the standalone binary`, () => tests(standalone, 'standalone'));
}

/** Waits. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until the service has been asked. */
export async function untilAsked(scene: ProcessScene): Promise<void> {
  while (scene.service.verified.length === 0) {
    await sleep(10);
  }
}

const KILLS = 40;

/**
 * Kills processes at moments all over their usual life.
 *
 * @param usual milliseconds of a life
 * @param look what to look at after each death
 */
export async function killAtAnyMoment(usual: number, start: () => RunningProcess, look: () => void): Promise<void> {
  for (let round = 0; round < KILLS; round++) {
    const { child, ended } = start();
    await sleep(usual * (0.4 + 0.8 * Math.random()));
    child.kill('SIGKILL');
    await ended;
    look();
  }
}

/** Makes what was left behind in a folder look as if it had been there for an hour. */
export function age(folder: string, left: (name: string) => boolean): void {
  const anHourAgo = new Date(Date.now() - 3_600_000);
  readdirSync(folder).filter(left).forEach((name) => utimesSync(join(folder, name), anHourAgo, anHourAgo));
}
