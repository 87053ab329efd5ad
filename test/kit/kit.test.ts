/** Tests of the files of a kit: each is read by the programs that are to read it. */
import { spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { CONFIGURATION, kitFor } from './kits';
import { kitFiles, kitTexts } from '../../src/kit/kit';
import { KitOptions } from '../../src/kit/kit-options';
import { TARGETS } from '../../src/kit/targets';
import { PYTHON } from '../support/python';
import { describeUnless } from '../support/runtimes';
import { pythonYamlMissing, shellcheckMissing, shMissing } from '../support/shells';

const NAMES = TARGETS.map(({ name }) => name);
const SHELL_NAMES = NAMES.filter((name) => !name.startsWith('windows'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const texts = (kit: KitOptions) => new Map(kitTexts(kit).map(({ path, content }) => [path, content.toString()]));

function write(kit: KitOptions): void {
  for (const [path, text] of texts(kit)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const EVERYWHERE = ['README.md', 'aws-config', 'config.json'];
const LINUX = [
  'ansible/install.yml', 'kubernetes/Containerfile', 'kubernetes/side-car.yaml', 'systemd/roles-anywhere-signer-renewed.path',
  'systemd/roles-anywhere-signer-renewed.service', 'systemd/roles-anywhere-signer-update@.service', 'systemd/roles-anywhere-signer.service',
];
const SHELL = ['install.sh', 'uninstall.sh'];

test.each([
  ['linux-x64', [...EVERYWHERE, ...SHELL, ...LINUX]],
  ['linux-arm64-musl', [...EVERYWHERE, ...SHELL, ...LINUX]],
  ['darwin-arm64', [...EVERYWHERE, ...SHELL, 'launchd/roles-anywhere-signer.plist']],
  ['windows-x64', [...EVERYWHERE, 'install.ps1', 'uninstall.ps1']],
  ['portable', [...EVERYWHERE, ...SHELL, ...LINUX, 'launchd/roles-anywhere-signer.plist']],
])('a kit for %s has what is used there', (target, paths) => {
  expect([...texts(kitFor(target)).keys()]).toEqual(paths.sort());
});

test.each(NAMES)('SHA256SUMS of a kit for %s has the hash of every file', (target) => {
  const [sums, ...files] = kitFiles(kitFor(target), Buffer.from('the signer'));
  expect(sums.path).toBe('SHA256SUMS');
  expect(sums.content.toString()).toBe(files.map(({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`).join(''));
  expect(files.map(({ path }) => path)).toEqual([...files.map(({ path }) => path)].sort());
});

test('the configuration is what the host was told, and where its files are', () => {
  expect(JSON.parse(texts(kitFor('linux-x64', { host: 'web01' })).get('config.json')!)).toEqual({
    $comment: { version: 1, name: 'Backup', host: 'web01' },
    certificate: '/etc/roles-anywhere/host.pem',
    privateKey: '/etc/roles-anywhere/host.key',
    ...CONFIGURATION,
  });
  expect(JSON.parse(texts(kitFor('windows-x64', { endpoint: 'http://127.0.0.1:1' })).get('config.json')!)).toMatchObject({
    certificate: 'C:\\ProgramData\\roles-anywhere\\host.pem', endpoint: 'http://127.0.0.1:1',
  });
});

test('each host has a file of its own where they differ', () => {
  const hosts = new Map([['web01.example.com', CONFIGURATION], ['web/02', { ...CONFIGURATION, roleArn: 'arn:aws:iam::111122223333:role/Other' }]]);
  const files = texts(kitFor('linux-x64', { configuration: undefined, hosts }));
  expect([...files.keys()].filter((path) => path.startsWith('hosts/') || path === 'config.json')).toEqual(['hosts/web%2f02.json', 'hosts/web01.example.com.json']);
  expect(JSON.parse(files.get('hosts/web%2f02.json')!)).toMatchObject({ $comment: { host: 'web/02' }, roleArn: 'arn:aws:iam::111122223333:role/Other' });
});

test('a kit without configuration says where to get it', () => {
  const files = texts(kitFor('linux-x64', { configuration: undefined }));
  expect(files.has('config.json')).toBe(false);
  expect(files.get('README.md')).toContain('sudo sh install.sh --configuration FILE\n');
  expect(files.get('aws-config')).not.toContain('region');
});

test('the README names whom to ask, and says where the credentials are not real', () => {
  expect(texts(kitFor('linux-x64', { contact: 'Ada, room 7' })).get('README.md')).toContain('Questions: Ada, room 7.\n');
  expect(texts(kitFor('linux-x64')).get('README.md')).not.toContain('no real credentials');
  expect(texts(kitFor('linux-x64', { endpoint: 'http://127.0.0.1:1' })).get('README.md')).toContain('it asks http://127.0.0.1:1 and not AWS');
});

test.each(NAMES)('the README of a kit for %s has no line that is too long to read, and names no file that is not there', (target) => {
  const kit = kitFor(target);
  const page = texts(kit).get('README.md')!;
  expect(page.split('\n').filter((line) => line.length > 170)).toEqual([]);
  const named = page.match(/\b(?:kubernetes|ansible|launchd|systemd)\/[\w.@-]+\w/gu) ?? [];
  expect(named.filter((path) => !texts(kit).has(path))).toEqual([]);
});

test('nothing in a kit looks like a secret', () => {
  for (const target of NAMES) {
    const all = [...texts(kitFor(target)).values()].join('\n');
    expect(all).not.toMatch(/BEGIN|AKIA|ASIA|aws_secret|secretAccessKey|sessionToken|passphrase/u);
    // What the scripts look for is the only mention.
    expect(all.match(/PRIVATE KEY/gu)).toHaveLength(1);
  }
});

describeUnless(shMissing, 'the scripts', () => {
  test.each(SHELL_NAMES)('of a kit for %s are read by sh', (target) => {
    write(kitFor(target, { paths: { certificate: '/srv/my $HOME/`x`.pem', signer: '/opt/my tools/signer' } }));
    for (const name of SHELL) {
      expect(spawnSync('sh', ['-n', join(folder, name)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

describeUnless(shellcheckMissing, 'shellcheck', () => {
  test.each(SHELL_NAMES)('finds nothing in the scripts of a kit for %s', (target) => {
    write(kitFor(target));
    // 2034: facts that only other targets use; 2016: a script for another user's shell; 2012, 2046, 2015: ls and its words are what POSIX offers to tell the owner of a file.
    const { stdout } = spawnSync('shellcheck', ['--shell=sh', '--exclude=SC2034,SC2016,SC2012,SC2046,SC2015', ...SHELL.map((name) => join(folder, name))], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});

test('scripts for Windows end their lines as Windows does, and quote as PowerShell does', () => {
  const files = texts(kitFor('windows-x64', { paths: { certificate: 'D:\\it\'s here\\host.pem' } }));
  for (const name of ['install.ps1', 'uninstall.ps1']) {
    expect(files.get(name)!.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/u);
    expect(files.get(name)).toContain('$Certificate = \'D:\\it\'\'s here\\host.pem\'\r\n');
    // Brackets that do not pair are what a typing mistake leaves.
    const count = (sign: string) => files.get(name)!.split(sign).length;
    expect([count('{'), count('(')]).toEqual([count('}'), count(')')]);
  }
});

describeUnless(pythonYamlMissing, 'Python', () => {
  const python = (script: string, ...args: string[]) => spawnSync(PYTHON, ['-c', script, ...args], { encoding: 'utf8' });

  test.each([['plain', 'web01'], ['odd', 'web "01": #x']])('reads the manifests as YAML, with a name that is %s', (_, host) => {
    write(kitFor('linux-x64', { host }));
    const read = (name: string) => {
      const { stdout, stderr } = python('import sys, json, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))', join(folder, name));
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    const [certificate, configMap, workload] = read('kubernetes/side-car.yaml');
    expect([certificate.kind, configMap.kind, workload.kind]).toEqual(['Certificate', 'ConfigMap', 'Deployment']);
    expect(certificate.spec).toMatchObject({ commonName: host, usages: ['digital signature', 'client auth'] });
    expect(JSON.parse(configMap.data['config.json'])).toMatchObject({ ...CONFIGURATION, certificate: '/var/run/roles-anywhere/tls.crt' });
    const { initContainers: [sideCar], volumes } = workload.spec.template.spec;
    expect(sideCar).toMatchObject({ restartPolicy: 'Always', args: ['serve', '--config', '/etc/roles-anywhere/config.json'] });
    expect(volumes[1].secret).toEqual({ secretName: certificate.spec.secretName, defaultMode: 0o440 });
    const [tasks] = read('ansible/install.yml');
    expect(tasks.map((task: Record<string, unknown>) => Object.keys(task).find((key) => key.startsWith('ansible.builtin.')))).toEqual([
      'ansible.builtin.tempfile', 'ansible.builtin.unarchive', 'ansible.builtin.command', 'ansible.builtin.file',
    ]);
  });

  test('reads the agent of launchd', () => {
    write(kitFor('darwin-arm64', { paths: { signer: '/Applications/R&D <x>/signer' } }));
    const { stdout } = python('import sys, json, plistlib; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))', join(folder, 'launchd', 'roles-anywhere-signer.plist'));
    expect(JSON.parse(stdout)).toMatchObject({
      Label: 'roles-anywhere-signer',
      ProgramArguments: ['/Applications/R&D <x>/signer', 'serve', '--config', '/etc/roles-anywhere/config.json'],
      RunAtLoad: true,
    });
  });
});
