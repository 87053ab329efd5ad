/**
 * From an app to a host that holds credentials, and back: the kit is made by the command, unpacked in the root of a host with a shell and little
 * else, installed by its script, used by the AWS CLI, and taken away.
 */
import { execFileSync } from 'child_process';
import { chownSync, copyFileSync, existsSync, lchownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App } from 'aws-cdk-lib';
import { CONFIGURATION } from './kits';
import { QuickstartStack } from '../../examples/quickstart/quickstart-stack';
import { ownTarget } from '../../src/kit/targets';
import { RolesAnywhereSimulator } from '../../src/simulator';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { addSu, addUser, besideRoot, Ended, emptyRootMissing, inRoot, listing, makeRoot, suMissing } from '../support/empty-root';
import { createRootCa, issueHost } from '../support/pki';
import { AWS_CLI, awsCliMissing } from '../support/python';
import { bunMissing, describeUnless } from '../support/runtimes';

const COMMAND = join(__dirname, '..', '..', 'assets', 'cli', 'cdk-roles-anywhere.cjs');
const SHARE = '/usr/local/share/roles-anywhere-signer';

const missing = emptyRootMissing ?? bunMissing ?? awsCliMissing ?? (ownTarget()?.startsWith('linux') ? undefined : 'there is no kit for this machine');

describeUnless(missing, 'a kit', () => {
  const target = ownTarget()!;
  let folder: string;
  let root: string;
  let endpoint: LocalEndpoint;
  let before: string[];

  const makeKit = (...args: string[]) => execFileSync(process.execPath, [COMMAND, 'kit', '--out', join(folder, 'kits'), ...args], {
    cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
  }).trim();
  const handIn = (archive: string) => copyFileSync(archive, join(root, 'tmp', 'kit.tar.gz'));
  const install = (args = '', kit = `Uploader-${target}`): Promise<Ended> => inRoot(root, `cd /tmp/${kit} && sh install.sh ${args}`);
  const unpack = () => inRoot(root, 'cd /tmp && tar -xzf kit.tar.gz');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kit-install-'));
    root = join(folder, 'root');
    const ca = await createRootCa('C=AU, O=Example, CN=Root');
    const host = await issueHost(ca, 'OU=SecOps, CN=onprem01');
    writeFileSync(join(folder, 'root.pem'), ca.pem);

    // What `cdk deploy --outputs-file` would write, with the ids that the local endpoint makes up.
    const app = new App({ outdir: join(folder, 'cdk.out') });
    new QuickstartStack(app, 'Quickstart', { caCertificate: join(folder, 'root.pem') });
    app.synth();
    const simulator = RolesAnywhereSimulator.fromCloudAssembly(join(folder, 'cdk.out'));
    const { trustAnchors: [anchor], profiles: [profile], roles: [uploader, reader] } = simulator.model;
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify({
      Quickstart: { TrustAnchorArn: anchor.arn, ProfileArn: profile.arn, UploaderRoleArn: uploader.arn, ReaderRoleArn: reader.arn },
    }));
    endpoint = await startLocalEndpoint(simulator, { port: 0 });

    const archive = makeKit('--outputs', 'outputs.json', '--role-output', 'UploaderRoleArn', '--endpoint', endpoint.url);
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    makeRoot(root, join(folder, `Uploader-${target}`, 'roles-anywhere-signer'));
    handIn(archive);
    expect((await unpack()).status).toBe(0);
    mkdirSync(join(root, 'etc', 'roles-anywhere'));
    writeFileSync(join(root, 'etc', 'roles-anywhere', 'host.pem'), host.pem);
    writeFileSync(join(root, 'etc', 'roles-anywhere', 'host.key'), host.keyPem, { mode: 0o600 });
    before = listing(root);
  }, 180_000);

  afterAll(async () => {
    await endpoint?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(() => expect(listing(root)).toEqual(before));

  test('is installed, gives the AWS CLI credentials, and is taken away without a trace', async () => {
    const installed = await install('--aws-config /root/.aws/config');
    expect(installed).toMatchObject({ status: 0, stderr: '' });
    expect(installed.stdout).toContain(`try it:    /usr/local/bin/roles-anywhere-signer doctor --config /etc/roles-anywhere/config.json\nremove it: sh ${SHARE}/uninstall.sh\n`);
    expect(installed.stdout).not.toMatch(/missing|warning/);
    expect(existsSync(join(root, 'etc/systemd/system/roles-anywhere-signer.service'))).toBe(true);

    const doctor = await inRoot(root, 'roles-anywhere-signer doctor --config /etc/roles-anywhere/config.json');
    expect({ status: doctor.status, output: doctor.stdout }).toEqual({ status: 0, output: expect.stringContaining('onprem01') });

    // The profile as it was installed; only that the signer runs in the other root is added.
    const profile = readFileSync(join(root, 'root/.aws/config'), 'utf8');
    writeFileSync(join(folder, 'aws-config'), profile.replace('credential_process = ', `credential_process = chroot ${root} `));
    const env = { AWS_CONFIG_FILE: join(folder, 'aws-config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'), AWS_EC2_METADATA_DISABLED: 'true' };
    const identity = await besideRoot(root, [AWS_CLI, 'sts', 'get-caller-identity', '--profile', 'Uploader', '--endpoint-url', endpoint.url], env);
    expect({ ...identity, stdout: JSON.parse(identity.stdout || 'null') }).toMatchObject({ status: 0, stdout: { Arn: expect.stringContaining('assumed-role/Quickstart-Uploader') } });

    expect(await install('--aws-config /root/.aws/config')).toMatchObject({ status: 0, stdout: expect.stringContaining('  nothing has changed\n') });

    const removed = await inRoot(root, `sh ${SHARE}/uninstall.sh`);
    expect(removed).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/host\.key stays: it is yours\nremoved\n$/) });
  });

  test('leaves what was in the configuration of the AWS CLI, with its mode', async () => {
    mkdirSync(join(root, 'root/.aws'));
    writeFileSync(join(root, 'root/.aws/config'), '[default]\nregion = eu-west-1\n', { mode: 0o640 });
    const withConfig = listing(root);
    expect((await install('--aws-config /root/.aws/config')).status).toBe(0);
    expect(readFileSync(join(root, 'root/.aws/config'), 'utf8')).toMatch(/^\[default\]\nregion = eu-west-1\n# >>> .*\n\[profile Uploader\]\n/);
    expect((await inRoot(root, `sh ${SHARE}/uninstall.sh`)).status).toBe(0);
    expect(readFileSync(join(root, 'root/.aws/config'), 'utf8')).toBe('[default]\nregion = eu-west-1\n');
    expect(listing(root)).toEqual(withConfig);
    rmSync(join(root, 'root/.aws'), { recursive: true });
  });

  describeUnless(suMissing, 'in a folder of somebody else', () => {
    const USER = 1001;
    const AWS = 'home/backup/.aws';
    let withUser: string[];
    beforeAll(() => {
      addSu(root);
      addUser(root, 'backup', USER, '/home/backup');
      before = listing(root);
      mkdirSync(join(root, AWS));
      chownSync(join(root, AWS), USER, USER);
      writeFileSync(join(root, 'root/secret'), 'of root\n', { mode: 0o600 });
      withUser = listing(root);
    });
    afterEach(() => {
      rmSync(join(root, AWS), { recursive: true });
      rmSync(join(root, 'root/secret'));
    });

    test('changes the configuration as its owner: links that they have put there lead root nowhere', async () => {
      symlinkSync('/root/secret', join(root, AWS, 'config.new'));
      lchownSync(join(root, AWS, 'config.new'), USER, USER);
      expect(await install(`--aws-config /${AWS}/config`)).toMatchObject({ status: 0, stderr: '' });
      expect((await inRoot(root, `ls -ln /${AWS}`)).stdout).toMatch(/^total \d+\n-rw------- 1 1001 1001 .* config\n$/);
      expect(readFileSync(join(root, 'root/secret'), 'utf8')).toBe('of root\n');
      expect(await install(`--aws-config /${AWS}/config`)).toMatchObject({ status: 0, stdout: expect.stringContaining('  nothing has changed\n') });
      expect((await inRoot(root, `sh ${SHARE}/uninstall.sh`)).status).toBe(0);
      expect(listing(root)).toEqual(withUser);
    });
  });

  const refusal = (message: RegExp) => ({ status: 1, stdout: '', stderr: expect.stringMatching(message) });

  test('that has been changed is refused before anything is touched', async () => {
    const path = join(root, 'tmp', `Uploader-${target}`, 'README.md');
    const page = readFileSync(path);
    writeFileSync(path, Buffer.concat([page, Buffer.from('!')]));
    expect(await install()).toEqual(refusal(/^install\.sh: the kit is not as it was made; get it anew:\nREADME\.md: FAILED\n/));
    writeFileSync(path, page);
  });

  test.each([
    ['an option that there is not', '--fast', /there is no option --fast/],
    ['a configuration that is not there', '--configuration nothing.json', /nothing\.json is not there/],
    ['two configurations', '--configuration config.json --host x', /either --configuration or --host/],
    ['a host that there is not', '--host web09', /web09\.json is not there/],
    ['a key in place of the configuration', '--configuration /etc/roles-anywhere/host.key', /host\.key has a private key in it/],
    ['a certificate in place of it', '--configuration /etc/roles-anywhere/host.pem', /is no configuration of the signer: trustAnchorArn is missing/],
    ['services where there is no systemd', '--serve', /systemd, which does not run here/],
  ])('refuses %s, and touches nothing', async (_, args, message) => {
    expect(await install(args)).toEqual(refusal(message));
  });

  test('refuses what an older kit has left in its folder', async () => {
    const left = join(root, 'tmp', `Uploader-${target}`, 'systemd', 'leftover.service');
    writeFileSync(left, '[Service]\n');
    expect(await install()).toEqual(refusal(/systemd\/leftover\.service is not of this kit: unpack the archive into an empty folder/));
    rmSync(left);
  });

  test('does not overwrite a unit of the team\'s own', async () => {
    const unit = join(root, 'etc/systemd/system/roles-anywhere-signer.service');
    writeFileSync(unit, '[Service]\n');
    expect(await install()).toEqual(refusal(/roles-anywhere-signer\.service is there already and not from a kit/));
    expect(readFileSync(unit, 'utf8')).toBe('[Service]\n');
    rmSync(unit);
  });

  test('does not overwrite what is there and not from a kit, unless it is told to', async () => {
    writeFileSync(join(root, 'etc/roles-anywhere/config.json'), '{}');
    expect(await install()).toEqual(refusal(/config\.json is there already and not from a kit; move it away, or give --replace/));
    expect((await install('--replace')).status).toBe(0);
    expect((await inRoot(root, `sh ${SHARE}/uninstall.sh`)).status).toBe(0);
  });

  test('gives way to no other kit, takes the configuration of the host that it is told, and says what is missing', async () => {
    const hosts = { web01: CONFIGURATION, web02: { ...CONFIGURATION, roleArn: 'arn:aws:iam::111122223333:role/Second' } };
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify({ S: { FSignerConfigurations: JSON.stringify({ version: 1, name: 'Fleet', hosts }) } }));
    handIn(makeKit('--outputs', 'fleet.json', '--certificate', '/srv/my certs/host.pem'));
    expect((await unpack()).status).toBe(0);
    expect(await install('', `Fleet-${target}`)).toEqual(refusal(/no configuration is called like this host, .*; choose one with --host:\nweb01\nweb02\n/));
    const installed = await install('--host web02', `Fleet-${target}`);
    expect(installed).toMatchObject({ status: 0, stdout: expect.stringContaining('missing: /srv/my certs/host.pem, which you put there\n') });
    expect(JSON.parse(readFileSync(join(root, 'etc/roles-anywhere/config.json'), 'utf8'))).toMatchObject({ roleArn: 'arn:aws:iam::111122223333:role/Second' });
    expect(await install()).toEqual(refusal(/another kit is installed here, Fleet; take it away first/));
    expect((await inRoot(root, `sh ${SHARE}/uninstall.sh`)).status).toBe(0);
    rmSync(join(root, 'tmp', `Fleet-${target}`), { recursive: true });
    handIn(join(folder, 'kits', `Uploader-${target}.tar.gz`));
  });

  test('for Node.js is refused where there is none', async () => {
    handIn(makeKit('--outputs', 'outputs.json', '--role-output', 'UploaderRoleArn', '--portable'));
    expect((await unpack()).status).toBe(0);
    expect(await install('', 'Uploader-portable')).toEqual(refusal(/takes Node\.js 20 or newer, and there is no node in PATH/));
    rmSync(join(root, 'tmp', 'Uploader-portable'), { recursive: true });
    handIn(join(folder, 'kits', `Uploader-${target}.tar.gz`));
  });

  test('for another processor is refused', async () => {
    const other = target === 'linux-x64' ? 's/x86_64 amd64/aarch64/' : 's/aarch64 arm64/x86_64/';
    // As if the kit were another one; the list of hashes is made to fit.
    const command = `cp -r /tmp/Uploader-${target} /tmp/other && cd /tmp/other && sed -i '${other}' install.sh && grep -v ' install.sh$' SHA256SUMS >sums `
      + '&& sha256sum install.sh >>sums && mv sums SHA256SUMS && sh install.sh';
    expect(await inRoot(root, command)).toEqual(refusal(/this kit is for .*, and this host's processor is/));
    rmSync(join(root, 'tmp/other'), { recursive: true });
  });
});
