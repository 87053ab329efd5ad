/** The whole story on one machine, without AWS: a CA, a CDK app, a local Roles Anywhere endpoint, and hosts that trade certificates for credentials. */
import { X509Certificate } from 'crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { run, runOrFail, startServer, stopAll } from './processes';
import { revoke } from './revocation';
import { printTable, Row, step } from './terminal';
import type { RolesAnywhereSimulator } from '../src/simulator';
import { createRootCa, Issued, issueCa, issueHost, IssueOptions } from '../test/support/pki';

const PROJECT = join(__dirname, '..');
const QUICKSTART = join(PROJECT, 'examples', 'quickstart');
const BIN = join(PROJECT, 'node_modules', '.bin');
const REGION = 'us-east-1';

/** A host: where its certificate, with its chain, and its key are. */
interface Host {
  readonly name: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** ARNs that `cdk deploy` would print as outputs. */
interface Deployment {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly uploaderArn: string;
  readonly readerArn: string;
}

async function main(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-roles-anywhere-demo-'));
  process.once('SIGINT', () => void cleanUp(folder).then(() => process.exit(130)));
  try {
    return await tellTheStory(folder);
  } finally {
    await cleanUp(folder);
  }
}

async function cleanUp(folder: string): Promise<void> {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

async function tellTheStory(folder: string): Promise<boolean> {
  await step('Compile the construct library', () => runOrFail(join(BIN, 'projen'), ['compile'], { cwd: PROJECT }));
  await step('Bundle the developer command and the portable signer', () => runOrFail(join(BIN, 'projen'), ['bundle'], { cwd: PROJECT }));
  const signer = await step('Build the signer binary for this machine', buildSigner);
  const { issuer, hosts } = await step('Make a CA, an intermediate CA and certificates for the hosts', () => makePki(folder));
  const assembly = join(folder, 'cdk.out');
  await step('Synthesise examples/quickstart with the cdk command', () => runOrFail(join(BIN, 'cdk'), [
    'synth', '--quiet', '--no-notices', '--output', assembly, '--context', `caCertificate=${join(folder, 'root.pem')}`,
  ], { cwd: QUICKSTART, env: { CDK_DISABLE_CLI_TELEMETRY: 'true' } }));
  const command = join(PROJECT, 'assets', 'cli', 'cdk-roles-anywhere.cjs');
  const [, endpoint] = await step('Start a local Roles Anywhere endpoint from the cloud assembly', () => startServer(
    process.execPath, [command, 'local', '--assembly', assembly, '--port', '0'], /(http:\/\/127\.0\.0\.1:\d+)/,
  ));
  const simulator = loadSimulator().RolesAnywhereSimulator.fromCloudAssembly(assembly);
  const stage = { folder, signer, endpoint, simulator, deployment: readDeployment(simulator), hosts };
  const rows = await step('Let the hosts ask for credentials', () => tryHosts(stage));
  await step('Revoke onprem02: publish the list of its CA, and run the function that imports it', () => revoke({
    issuer, endpoint, serialNumber: readCertificate(hosts.onprem02).serialNumber, trustAnchorArn: stage.deployment.trustAnchorArn,
  }));
  rows.push(...await step('Let them ask again', () => tryAfterRevocation(stage)));
  return report(rows, endpoint);
}

/** Builds the binary, which prints where it is. */
async function buildSigner(): Promise<string> {
  const output = await runOrFail(join(BIN, 'projen'), ['build:signer'], { cwd: PROJECT });
  const path = /dist[/\\]signer[/\\]roles-anywhere-signer-[a-z0-9.-]+/.exec(output);
  if (!path) {
    throw new Error(`the build of the signer did not say where it is:\n${output}`);
  }
  return join(PROJECT, path[0]);
}

type HostName = 'onprem01' | 'onprem02' | 'expired' | 'outsider';

/** The CA that issues the hosts' certificates, and the hosts. */
interface Pki {
  readonly issuer: Issued;
  readonly hosts: Record<HostName, Host>;
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);

async function makePki(folder: string): Promise<Pki> {
  const root = await createRootCa('C=AU, O=Example, CN=Example Root CA');
  const intermediate = await issueCa(root, 'C=AU, O=Example, CN=Example Host CA', { basicConstraints: { ca: true, pathLength: 0 } });
  const foreignRoot = await createRootCa('C=AU, O=Somebody Else, CN=Another Root CA');
  writeFileSync(join(folder, 'root.pem'), root.pem);

  const subject = (commonName: string) => `C=AU, O=Example, OU=SecOps, CN=${commonName}`;
  const host = async (name: string, commonName: string, issuer: Issued, options: IssueOptions = {}): Promise<Host> => {
    const { pem, keyPem } = await issueHost(issuer, subject(commonName), options);
    const paths = { certificate: join(folder, `${name}.pem`), privateKey: join(folder, `${name}.key`) };
    // The usual form of a certificate file: the host's own first, the intermediate behind it.
    writeFileSync(paths.certificate, issuer === intermediate ? pem + intermediate.pem : pem);
    writeFileSync(paths.privateKey, keyPem, { mode: 0o600 });
    return { name, ...paths };
  };
  const hosts = {
    onprem01: await host('onprem01', 'onprem01', intermediate),
    onprem02: await host('onprem02', 'onprem02', intermediate, { key: 'RSA-2048' }),
    expired: await host('expired', 'onprem01', intermediate, { notBefore: hoursAgo(48), notAfter: hoursAgo(1) }),
    outsider: await host('outsider', 'onprem01', foreignRoot),
  };
  return { issuer: intermediate, hosts };
}

/** Loaded when it is needed, because the package's own build is a step of the demo. */
function loadSimulator(): typeof import('../src/simulator') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../lib/simulator');
}

/** Reads the outputs as the local endpoint resolves them: the ids of a deployment are simulated. */
function readDeployment(simulator: RolesAnywhereSimulator): Deployment {
  const { trustAnchors: [anchor], profiles: [profile], roles } = simulator.model;
  const roleArn = (path: string) => roles.find(({ constructPath }) => constructPath?.startsWith(path))!.arn;
  return {
    trustAnchorArn: anchor.arn,
    profileArn: profile.arn,
    uploaderArn: roleArn('Quickstart/Uploader/'),
    readerArn: roleArn('Quickstart/Reader/'),
  };
}

interface Stage {
  readonly folder: string;
  readonly signer: string;
  readonly endpoint: string;
  readonly simulator: RolesAnywhereSimulator;
  readonly deployment: Deployment;
  readonly hosts: Record<HostName, Host>;
}

async function tryHosts(stage: Stage): Promise<Row[]> {
  const { onprem01, onprem02, outsider, expired } = stage.hosts;
  const { uploaderArn, readerArn } = stage.deployment;
  return [
    await expectIdentity(stage, 'onprem01 as Uploader, AWS SDK for JavaScript', onprem01, uploaderArn, identityFromSdk),
    ...await awsCliRows(stage),
    await expectIdentity(stage, 'onprem02 as Reader, AWS SDK for JavaScript', onprem02, readerArn, identityFromSdk),
    await expectRefusal(stage, 'onprem02 as Uploader, the role of the other host', onprem02, uploaderArn, /AccessDeniedException/),
    await expectRefusal(stage, 'onprem01 as Reader, the role of the other host', onprem01, readerArn, /AccessDeniedException/),
    await expectRefusal(stage, 'a host of another CA that also calls itself onprem01', outsider, uploaderArn, /Untrusted signing certificate/),
    // The signer sees this before it asks.
    await expectRefusal(stage, 'onprem01 with an expired certificate', expired, uploaderArn, /expired/i),
  ];
}

async function tryAfterRevocation(stage: Stage): Promise<Row[]> {
  const { onprem01, onprem02 } = stage.hosts;
  const { uploaderArn, readerArn } = stage.deployment;
  return [
    await expectRefusal(stage, 'onprem02 as Reader, after its certificate was revoked', onprem02, readerArn, /Certificate revoked/),
    await expectIdentity(stage, 'onprem01 as Uploader, as before', onprem01, uploaderArn, identityFromSdk),
  ];
}

function readCertificate({ certificate }: Host): X509Certificate {
  return new X509Certificate(readFileSync(certificate));
}

/** An AWS profile whose credentials come from the signer: what an administrator would write into ~/.aws/config. */
function writeAwsConfig(stage: Stage, { name, certificate, privateKey }: Host, roleArn: string): NodeJS.ProcessEnv {
  const { folder, signer, endpoint, deployment } = stage;
  const quoted = (text: string) => `"${text}"`;
  const credentialProcess = [
    quoted(signer), 'credential-process',
    '--certificate', quoted(certificate), '--private-key', quoted(privateKey),
    '--trust-anchor-arn', deployment.trustAnchorArn, '--profile-arn', deployment.profileArn, '--role-arn', roleArn,
    '--endpoint', endpoint,
  ].join(' ');
  const home = join(folder, `home-${name}`);
  mkdirSync(home, { recursive: true });
  const config = join(home, 'config');
  writeFileSync(config, `[profile ${name}]\nregion = ${REGION}\ncredential_process = ${credentialProcess}\n`);
  return { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'), AWS_EC2_METADATA_DISABLED: 'true' };
}

type IdentityReader = (stage: Stage, host: Host, env: NodeJS.ProcessEnv) => Promise<string>;

/** Who the AWS SDK says it is, with nothing but the profile's name. */
async function identityFromSdk({ endpoint }: Stage, { name }: Host, env: NodeJS.ProcessEnv): Promise<string> {
  Object.assign(process.env, env);
  const sts = new STSClient({ profile: name, region: REGION, endpoint });
  const { Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
  return arn!;
}

/** Who the AWS CLI says it is. */
function identityFromCli({ endpoint }: Stage, { name }: Host, env: NodeJS.ProcessEnv): Promise<string> {
  return runOrFail('aws', ['sts', 'get-caller-identity', '--profile', name, '--endpoint-url', endpoint, '--query', 'Arn', '--output', 'text'], { env })
    .then((output) => output.trim());
}

async function awsCliRows(stage: Stage): Promise<Row[]> {
  const what = 'onprem01 as Uploader, AWS CLI';
  const version = await run('aws', ['--version']).catch(() => undefined);
  if (version?.code !== 0) {
    process.stdout.write('(the AWS CLI is not installed: that row is left out) ');
    return [];
  }
  return [await expectIdentity(stage, what, stage.hosts.onprem01, stage.deployment.uploaderArn, identityFromCli)];
}

async function expectIdentity(stage: Stage, what: string, host: Host, roleArn: string, readIdentity: IdentityReader): Promise<Row> {
  const wanted = `:assumed-role/${roleArn.substring(roleArn.lastIndexOf('/') + 1)}/`;
  try {
    const arn = await readIdentity(stage, host, writeAwsConfig(stage, host, roleArn));
    return { what, passed: arn.includes(wanted), outcome: arn };
  } catch (error) {
    return { what, passed: false, outcome: (error as Error).message };
  }
}

/** Runs the signer as an AWS profile would, wants it to fail for this reason, and adds what `explain` says of it. */
async function expectRefusal(stage: Stage, what: string, host: Host, roleArn: string, reason: RegExp): Promise<Row> {
  const { signer, endpoint, deployment, simulator } = stage;
  const { code, stderr } = await run(signer, [
    'credential-process', '--certificate', host.certificate, '--private-key', host.privateKey,
    '--trust-anchor-arn', deployment.trustAnchorArn, '--profile-arn', deployment.profileArn, '--role-arn', roleArn, '--endpoint', endpoint,
  ]);
  // What follows is the signer's advice, which is the same for every host.
  const said = stderr.trim().replace(/^roles-anywhere-signer: /, '').replace(/ \(HTTP.*|; this host's clock.*/s, '');
  const { failedStep } = simulator.createSession({ certificate: readFileSync(host.certificate), role: roleArn });
  // A revocation happens at the endpoint; the assembly knows nothing of it.
  const because = failedStep ? `\nbecause: ${failedStep.title}: ${failedStep.reason}` : '';
  return { what, passed: code !== 0 && reason.test(stderr), outcome: code === 0 ? 'got in' : `refused: ${said}${because}` };
}

function report(rows: readonly Row[], endpoint: string): boolean {
  process.stdout.write(`\nThe endpoint ${endpoint} was local and its credentials are fake: they work nowhere.\n\n`);
  printTable(rows);
  const failed = rows.filter(({ passed }) => !passed).length;
  process.stdout.write(`\n${rows.length - failed} passed, ${failed} failed\n`);
  return failed === 0;
}

main().then((passed) => {
  process.exitCode = passed ? 0 : 1;
}, (error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
});
