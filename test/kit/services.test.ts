/** Tests of the services of a kit, with all their restrictions, under a systemd that runs. */
import { execFileSync } from 'child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { AddressInfo, createServer } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { App } from 'aws-cdk-lib';
import { QuickstartStack } from '../../examples/quickstart/quickstart-stack';
import { ownTarget } from '../../src/kit/targets';
import { RolesAnywhereSimulator } from '../../src/simulator';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { addUser, copyProgram, makeRoot } from '../support/empty-root';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { bunMissing, describeUnless } from '../support/runtimes';
import { addSystemd, SystemdRoot, systemdRootMissing } from '../support/systemd-root';

const COMMAND = join(__dirname, '..', '..', 'assets', 'cli', 'cdk-roles-anywhere.cjs');
const SERVICE = 'roles-anywhere-signer.service';

/** Every sign that means something in a unit. */
const CERTIFICATE = '/srv/my $certs/h 1%d.pem';
const PRIVATE_KEY = '/srv/my $certs/h 1%d.key';

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const missing = systemdRootMissing ?? bunMissing ?? (ownTarget()?.startsWith('linux') ? undefined : 'there is no kit for this machine');

describe.each([ownTarget() ?? 'linux-x64', 'portable'])('in a kit for %s', (target) => describeUnless(missing, 'a service', () => {
  let folder: string;
  let root: string;
  let ca: Issued;
  let endpoint: LocalEndpoint;
  let systemd: SystemdRoot;
  let port: number;
  const requests: string[] = [];

  /** As whoever renews certificates should: in one step each. */
  async function putCertificate(): Promise<void> {
    const host = await issueHost(ca, 'OU=SecOps, CN=onprem01');
    for (const [path, text, mode] of [[PRIVATE_KEY, host.keyPem, 0o600], [CERTIFICATE, host.pem, 0o644]] as const) {
      writeFileSync(`${root}${path}.new`, text, { mode });
      renameSync(`${root}${path}.new`, `${root}${path}`);
    }
  }

  const install = (args: string) => systemd.run(`cd /tmp/Uploader-${target} && sh install.sh --configuration /tmp/config.json ${args}`);
  const health = () => fetch(`http://127.0.0.1:${port}/healthz`);
  const property = async (name: string, unit = SERVICE) => (await systemd.run(`systemctl show --property=${name} --value ${unit}`)).stdout.trim();

  async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if (await condition()) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${what}:\n${systemd.console}`);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kit-services-'));
    root = join(folder, 'root');
    ca = await createRootCa('C=AU, O=Example, CN=Root');
    writeFileSync(join(folder, 'root.pem'), ca.pem);
    const app = new App({ outdir: join(folder, 'cdk.out') });
    new QuickstartStack(app, 'Quickstart', { caCertificate: join(folder, 'root.pem') });
    app.synth();
    const simulator = RolesAnywhereSimulator.fromCloudAssembly(join(folder, 'cdk.out'));
    const { trustAnchors: [anchor], profiles: [profile], roles: [uploader] } = simulator.model;
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ Quickstart: { TrustAnchorArn: anchor.arn, ProfileArn: profile.arn, RoleArn: uploader.arn } }));
    endpoint = await startLocalEndpoint(simulator, { port: 0, log: (line) => void requests.push(line) });
    const archive = execFileSync(process.execPath, [
      COMMAND, 'kit', '--outputs', 'outputs.json', '--name', 'Uploader', '--endpoint', endpoint.url, '--target', target,
      '--certificate', CERTIFICATE, '--private-key', PRIVATE_KEY, '--signer', `/opt/my tools/sig$ner 1%${target === 'portable' ? '.mjs' : ''}`, '--configuration', '/opt/c $onf/c.json',
    ], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') } }).trim();
    execFileSync('tar', ['-xzf', join(folder, archive), '-C', folder]);
    makeRoot(root, process.execPath);
    addSystemd(root);
    if (target === 'portable') {
      copyProgram(root, process.execPath, '/usr/local/bin/node');
      copyProgram(root, '/usr/bin/env');
      copyProgram(root, '/usr/bin/systemd-notify');
    }
    addUser(root, 'backup', 1001, '/home/backup');
    addUser(root, 'odd', 1002, '/srv/odd home');
    // The usual port may be that of somebody else on the machine that runs the tests.
    port = await freePort();
    const configuration = JSON.parse(readFileSync(join(folder, `Uploader-${target}`, 'config.json'), 'utf8'));
    writeFileSync(join(root, 'tmp', 'config.json'), JSON.stringify({ ...configuration, port }));
    mkdirSync(join(root, 'srv/my $certs'));
    await putCertificate();
    copyFileSync(join(folder, archive), join(root, 'tmp', 'kit.tar.gz'));
    systemd = await SystemdRoot.boot(root);
    expect((await systemd.run('cd /tmp && tar -xzf kit.tar.gz')).status).toBe(0);
  }, 240_000);

  afterAll(async () => {
    await systemd?.stop();
    await endpoint?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('that serves starts, says that it is ready, and answers', async () => {
    const { status, stdout, stderr } = await install('--serve');
    expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
    expect(await property('ActiveState')).toBe('active');
    expect(await property('StatusText')).toMatch(/^credentials until /);
    // The user is one that exists for it alone, and the key is readable for root only.
    expect(await property('DynamicUser')).toBe('yes');
    expect(await (await health()).json()).toMatchObject({ status: 'ok' });
  });

  test('that serves starts anew with a renewed certificate', async () => {
    const before = await property('MainPID');
    const asked = requests.length;
    await putCertificate();
    await until(async () => !['0', before].includes(await property('MainPID')) && await property('ActiveState') === 'active', 'it went on as it was');
    expect(requests.length).toBeGreaterThan(asked);
  });

  test.each([['backup', '/home/backup'], ['odd', '/srv/odd home']])('that updates writes the credentials file of %s', async (user, home) => {
    const { status, stderr } = await install(`--update-for ${user}`);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const path = join(root, home, '.aws', 'credentials');
    await until(async () => (await systemd.run(`test -s '${home}/.aws/credentials'`)).status === 0, 'nothing was written');
    expect(readFileSync(path, 'utf8')).toMatch(/^\[default\]\naws_access_key_id ?= ?ASIA/);
    expect((await systemd.run(`ls -ln '${home}/.aws/credentials'`)).stdout).toMatch(/^-rw------- 1 100[12] 100[12] /);
  });

  test('is stopped and taken away with the kit', async () => {
    expect((await systemd.run('sh /usr/local/share/roles-anywhere-signer/uninstall.sh')).status).toBe(0);
    expect((await systemd.run('systemctl list-units --all --no-legend "roles-anywhere*"')).stdout.trim()).toBe('');
    await expect(health()).rejects.toThrow();
    expect((await systemd.run('ls /etc/systemd/system/*.wants /etc/systemd/system/*.d')).stdout).not.toContain('roles-anywhere');
  });
}));
