/** Real clients of AWS, and a shell, with nothing but the signer and the local endpoint. */
import { execFile, spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { buildSigner, ownTarget } from '../../scripts/build-signer';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { ACCOUNT, REGION, testSimulator } from '../simulator/fixtures';
import { createRootCa, issueHost } from '../support/pki';
import { bunMissing, describeUnless } from '../support/runtimes';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'signer-clients-'));
const home = join(folder, 'home');
const configuration = join(folder, 'host.json');
const cliMissing = spawnSync('aws', ['--version']).status === 0 ? undefined : 'there is no AWS CLI on the PATH';
const SESSION = new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/`);

let endpoint: LocalEndpoint;
let binary: string;

/** Nothing of this machine's own profiles, and a home with nothing in it. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH!, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: REGION, ...more };
}

/** `aws sts get-caller-identity` at the local endpoint. */
const whoAmI = () => ['sts', 'get-caller-identity', '--endpoint-url', endpoint.url, '--region', REGION, '--query', 'Arn', '--output', 'text'];

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'with the standalone binary', () => {
  beforeAll(async () => {
    const root = await createRootCa('CN=Root');
    const host = await issueHost(root, 'CN=onprem01');
    const simulator = testSimulator({ anchorPem: root.pem });
    endpoint = await startLocalEndpoint(simulator, { port: 0 });
    mkdirSync(join(home, '.aws'), { recursive: true });
    const [certificate, privateKey] = [join(folder, 'host.pem'), join(folder, 'host.key')];
    writeFileSync(certificate, host.pem);
    writeFileSync(privateKey, host.keyPem, { mode: 0o600 });
    const { trustAnchors: [anchor], profiles: [profile], roles: [role] } = simulator.model;
    writeFileSync(configuration, JSON.stringify({
      certificate, privateKey, trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn, endpoint: endpoint.url,
    }));
    binary = (await buildSigner(ownTarget()!, folder)).path;
    writeFileSync(join(home, '.aws', 'config'), `[profile host]\ncredential_process = "${binary}" credential-process --config "${configuration}"\n`);
  });

  afterAll(async () => {
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('a profile with credential_process', () => {
    test('serves the AWS SDK for JavaScript', async () => {
      const before = { ...process.env };
      Object.assign(process.env, environment({ AWS_CONFIG_FILE: join(home, '.aws', 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'none') }));
      try {
        const sts = new STSClient({ profile: 'host', region: REGION, endpoint: endpoint.url });
        expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(SESSION);
      } finally {
        process.env = before;
      }
    });

    describeUnless(cliMissing, 'serves the AWS CLI', () => {
      test('which says who it is', async () => {
        expect((await run('aws', [...whoAmI(), '--profile', 'host'], { env: environment() })).stdout.trim()).toMatch(SESSION);
      });
    });
  });

  describeUnless(cliMissing, 'the AWS CLI', () => {
    test('run by exec', async () => {
      expect((await run(binary, ['exec', '--config', configuration, '--', 'aws', ...whoAmI()], { env: environment() })).stdout.trim()).toMatch(SESSION);
    });

    test('in a shell that has evaluated env', async () => {
      const script = `eval "$('${binary}' env --config '${configuration}')" && exec aws "$@"`;
      expect((await run('sh', ['-c', script, 'sh', ...whoAmI()], { env: environment() })).stdout.trim()).toMatch(SESSION);
    });

    test('with the credentials file that update wrote', async () => {
      await run(binary, ['update', '--once', '--profile', 'written', '--config', configuration], { env: environment() });
      expect((await run('aws', [...whoAmI(), '--profile', 'written'], { env: environment() })).stdout.trim()).toMatch(SESSION);
    });
  });

  test('credential-process a thousand times in a loop: no failure, and no file left over', async () => {
    const before = readdirSync(folder).sort();
    const cache = join(folder, 'cache');
    const script = [
      'i=0; while [ $i -lt 500 ]; do',
      '"$1" credential-process --config "$2" >/dev/null || exit 1;',
      '"$1" credential-process --config "$2" --cache --cache-dir "$3" >/dev/null || exit 1;',
      'i=$((i+1)); done',
    ].join(' ');
    const { stderr } = await run('sh', ['-c', script, 'sh', binary, configuration, cache], { env: environment() });
    expect(stderr).toBe('');
    expect(readdirSync(cache)).toHaveLength(1);
    rmSync(cache, { recursive: true });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readdirSync(home)).toEqual(['.aws']);
  }, 120_000);
});
