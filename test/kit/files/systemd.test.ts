/** Tests of the units: systemd takes them, and finds little that they could do beside their work. */
import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { systemdUnits } from '../../../src/kit/files/systemd';
import { describeUnless } from '../../support/runtimes';
import { systemdAnalyzeMissing } from '../../support/shells';
import { kitFor } from '../kits';

const units = (target: string) => systemdUnits(kitFor(target, { paths: { signer: '/bin/sh' } }));

test('the key is handed over by systemd, and the path that the service has is not that of the file', () => {
  const unit = units('linux-x64').get('roles-anywhere-signer.service')!;
  expect(unit).toContain('LoadCredential=host.key:/etc/roles-anywhere/host.key\n');
  expect(unit).toContain('ExecStart=/bin/sh serve --config /etc/roles-anywhere/config.json --certificate ${CREDENTIALS_DIRECTORY}/host.pem '
    + '--private-key ${CREDENTIALS_DIRECTORY}/host.key\n');
  expect(unit).not.toContain('NotifyAccess');
});

test('Node.js runs the portable signer, and has a helper tell how things stand', () => {
  const unit = units('portable').get('roles-anywhere-signer.service')!;
  expect(unit).toContain('ExecStart=/usr/bin/env node /bin/sh serve ');
  expect(unit).toContain('NotifyAccess=all\n');
});

describeUnless(systemdAnalyzeMissing, 'systemd-analyze', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'systemd-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Writes the units, the template as one of its instances. */
  function write(target: string): string[] {
    return [...units(target)].map(([name, text]) => {
      const path = join(folder, name.replace('@', '@backup'));
      writeFileSync(path, text);
      return path;
    });
  }

  test.each(['linux-x64', 'linux-arm64-musl', 'portable'])('verifies those of a kit for %s without a word', (target) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...write(target)], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each([
    ['roles-anywhere-signer.service', 1.4],
    ['roles-anywhere-signer-update@backup.service', 1.6],
    ['roles-anywhere-signer-renewed.service', 1.3],
  ])('%s is exposed by %d of 10 at most', (name, most) => {
    write('linux-x64');
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(folder, name)], { encoding: 'utf8' });
    const exposure = Number(/Overall exposure level for .*: ([\d.]+)/u.exec(stdout)?.[1]);
    console.log(`systemd-analyze security: ${name} is exposed to ${exposure} of 10`);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThanOrEqual(most);
  });
});
