import { execFile } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { projectRoot } from '../../scripts/project';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { ACCOUNT, REGION, testSimulator } from '../simulator/fixtures';
import { createRootCa, issueHost } from '../support/pki';

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the example as its README says; the package's name is its source here. */
function run(env: Record<string, string>): Promise<Outcome> {
  const tsx = join(projectRoot, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const example = join(projectRoot, 'examples', 'node-credentials', 'who-am-i.ts');
  return new Promise((resolve) => execFile(process.execPath, [tsx, '--tsconfig', join(projectRoot, 'tsconfig.dev.json'), example],
    { env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env }, timeout: 60_000 },
    (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));
}

describe('the example node-credentials', () => {
  let folder: string;
  let endpoint: LocalEndpoint;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'provider-example-'));
    const root = await createRootCa('CN=Example Root');
    const host = await issueHost(root, 'CN=onprem01', { serialNumber: '42' });
    writeFileSync(join(folder, 'host.pem'), host.pem);
    writeFileSync(join(folder, 'host.key'), host.keyPem, { mode: 0o600 });
    const simulator = testSimulator({ anchorPem: root.pem });
    endpoint = await startLocalEndpoint(simulator, { port: 0 });
    env = {
      AWS_REGION: REGION,
      LOCAL_ENDPOINT: endpoint.url,
      ROLES_ANYWHERE_CERTIFICATE: join(folder, 'host.pem'),
      ROLES_ANYWHERE_PRIVATE_KEY: join(folder, 'host.key'),
      ROLES_ANYWHERE_TRUST_ANCHOR_ARN: simulator.model.trustAnchors[0].arn,
      ROLES_ANYWHERE_PROFILE_ARN: simulator.model.profiles[0].arn,
      ROLES_ANYWHERE_ROLE_ARN: simulator.model.roles[0].arn,
    };
  });

  afterAll(async () => {
    await endpoint.close();
    rmSync(folder, { recursive: true });
  });

  test('says who the host is', async () => {
    expect(await run(env)).toEqual({ code: 0, stdout: `arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/42\n`, stderr: '' });
  });

  test('says what is wrong, and ends with an error', async () => {
    const { code, stdout, stderr } = await run({ ...env, ROLES_ANYWHERE_PRIVATE_KEY: join(folder, 'nowhere.key') });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('nowhere.key does not exist');
  });
});
