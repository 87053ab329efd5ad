import { spawn } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Template } from 'aws-cdk-lib/assertions';
import { CiJobsStack, CiJobsStackProps } from '../../examples/ci-jobs/ci-jobs-stack';
import { bundleProgram } from '../../scripts/bundle';
import { projectRoot } from '../../scripts/project';
import { FlagName, FLAGS, variableOf } from '../../signer/options/flags';
import { RolesAnywhereSimulator, startLocalEndpoint } from '../../src/simulator';
import { CaFile, createCaFile, decide, expectSound } from '../support/examples';
import { issueCa, issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

const FOLDER = join(__dirname, '..', '..', 'examples', 'ci-jobs');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

let ca: CaFile;
let props: CiJobsStackProps;
beforeAll(async () => {
  ca = await createCaFile('ci-jobs');
  const { ciServer, repository } = JSON.parse(read('cdk.json')).context;
  props = { caCertificate: ca.path, ciServer, repository };
});
afterAll(() => ca.remove());

/** What a job's token says (GitLab, "ID token authentication"). */
interface Claims {
  readonly project_path: string;
  readonly ref_type: string;
  readonly ref: string;
  readonly ref_protected: string;
}

const MAIN: Claims = { project_path: 'shop/web', ref_type: 'branch', ref: 'main', ref_protected: 'true' };

/** The id that the template writes: its format, with what the template takes from the token. */
function idOf(claims: Claims): string {
  const [, format, names] = /"value": \{\{ toJson \(printf "([^"]+)" ([^(]+)\(ternary "protected" "open" \(eq \.Token\.ref_protected "true"\)\)\) \}\}/.exec(read('job-certificate.tpl'))!;
  const values = [...names.matchAll(/\.Token\.(\w+)/g)].map(([, name]) => claims[name as keyof Claims]);
  values.push(claims.ref_protected === 'true' ? 'protected' : 'open');
  expect(values).not.toContain(undefined);
  return values.reduce((text, value) => text.replace('%s', () => value), format);
}

/** A job's certificate for 15 minutes, by step-ca's intermediate CA. */
async function job(uri: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const intermediate = await issueCa(ca.root, 'O=Example, CN=Intermediate');
  const { pem, keyPem } = await issueHost(intermediate, 'CN=job-1', {
    subjectAltName: [{ type: 'url', value: uri }], notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 14 * 60_000),
  });
  return { certificate: pem + intermediate.pem, key: keyPem };
}

async function decisions(claims: Partial<Claims>): Promise<string[]> {
  const stack = new CiJobsStack(strictApp(), 'CiJobs', props);
  const { certificate } = await job(idOf({ ...MAIN, ...claims }));
  return ['DeployRole', 'PreviewRole'].map((role) => decide(stack, { certificate, role }));
}

const OUT = 'trust-policy-assume-role';

test.each<[string, Partial<Claims>, [string, string]]>([
  ['the protected branch', {}, ['in', 'in']],
  ['a branch of that name that is not protected', { ref_protected: 'false' }, [OUT, 'in']],
  ['another branch', { ref: 'feature/cart', ref_protected: 'false' }, [OUT, 'in']],
  ['a tag of that name', { ref_type: 'tag' }, [OUT, OUT]],
  ['another project', { project_path: 'shop/api' }, [OUT, OUT]],
  ['a project whose name goes on', { project_path: 'shop/web-evil' }, [OUT, OUT]],
  ['a project below that reads like a branch', { project_path: 'shop/web/branch', ref: 'main' }, [OUT, OUT]],
])('of %s', async (_, claims, expected) => {
  expect(await decisions(claims)).toEqual(expected);
});

test('sessions last a quarter of an hour', () => {
  Template.fromStack(new CiJobsStack(strictApp(), 'CiJobs', props)).allResourcesProperties('AWS::RolesAnywhere::Profile', { DurationSeconds: 900, Enabled: true });
});

describe('the command of a job', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ci-jobs-run-'));
  const signer = join(folder, 'roles-anywhere-signer.mjs');
  beforeAll(() => bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), signer, { format: 'esm' }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a program as `gitlab-ci.yml` does, with all settings in variables, at the local endpoint. */
  async function runJob(uri: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const simulator = RolesAnywhereSimulator.fromTemplate(Template.fromStack(new CiJobsStack(strictApp(), 'CiJobs', props)));
    const endpoint = await startLocalEndpoint(simulator, { port: 0 });
    try {
      const { certificate, key } = await job(uri);
      const [certificateFile, keyFile] = [join(folder, 'job.crt'), join(folder, 'job.key')];
      writeFileSync(certificateFile, certificate);
      writeFileSync(keyFile, key, { mode: 0o600 });
      const role = simulator.model.roles.find(({ logicalId }) => logicalId.startsWith('DeployRole'))!;
      const variables = {
        ROLES_ANYWHERE_CERTIFICATE: certificateFile,
        ROLES_ANYWHERE_PRIVATE_KEY: keyFile,
        ROLES_ANYWHERE_TRUST_ANCHOR_ARN: simulator.model.trustAnchors[0].arn,
        ROLES_ANYWHERE_PROFILE_ARN: simulator.model.profiles.find(({ roleArns }) => roleArns.includes(role.arn))!.arn,
        ROLES_ANYWHERE_ROLE_ARN: role.arn,
        ROLES_ANYWHERE_SESSION_DURATION: '900',
      };
      expect(Object.keys(variables).filter((name) => !read('gitlab-ci.yml').includes(name))).toEqual([]);
      const env = { PATH: process.env.PATH, ROLES_ANYWHERE_CONFIG: 'none', ROLES_ANYWHERE_ENDPOINT: endpoint.url, ...variables };
      return await run([signer, 'exec', '--', process.execPath, '-p', '[process.env.AWS_ACCESS_KEY_ID, process.env.AWS_SESSION_TOKEN].map(Boolean)'], env);
    } finally {
      await endpoint.close();
    }
  }

  function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ readonly code: number | null; readonly output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { env });
      let output = '';
      [child.stdout, child.stderr].forEach((stream) => stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      }));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  }

  test('has credentials on the protected branch', async () => {
    expect(await runJob(idOf(MAIN))).toEqual({ code: 0, output: '[ true, true ]\n' });
  });

  test('does not run elsewhere', async () => {
    const { code, output } = await runJob(idOf({ ...MAIN, ref: 'feature' }));
    expect(output).toMatch(/Unable to assume role/);
    expect(code).toBe(4);
  });
});

test('the jobs set variables that the signer knows', () => {
  const variables = [...new Set([...read('gitlab-ci.yml').matchAll(/ROLES_ANYWHERE_\w+/g)].map(([name]) => name))];
  const known = Object.keys(FLAGS).map((name) => variableOf(name as FlagName));
  expect(variables.length).toBeGreaterThan(4);
  expect(variables.filter((name) => !known.includes(name))).toEqual([]);
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  // Objects below a prefix for each role.
  expectSound((app) => new CiJobsStack(app, 'CiJobs', props), ['live', 'previews'].map((prefix) => `IAM5[Resource::<SiteE53D7754.Arn>/${prefix}/*]`));
});
