import { execFileSync, spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { passphrase, pin } from '../../../signer/identity/secrets';
import { FlagName } from '../../../signer/options/flags';
import { collectSettings } from '../../../signer/options/settings';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';
import { fakeMachine, FakeOptions } from '../fake-platform';

async function ask(secret: typeof passphrase, flags: ReadonlyArray<[FlagName, string]>, options: FakeOptions = {}): Promise<string> {
  const { platform } = fakeMachine(options);
  return secret(platform, await collectSettings(platform, new Map(flags)), 'host.key');
}

test.each<[string, Array<[FlagName, string]>, FakeOptions, string]>([
  ['a flag', [['pkcs8-password', 'p w']], {}, 'p w'],
  ['a variable', [], { env: { ROLES_ANYWHERE_PKCS8_PASSWORD: 'p' } }, 'p'],
  ['the first line of a file, its blanks included', [['passphrase-file', 'pass']], { files: { pass: ' p w \r\nsecond line\n' } }, ' p w '],
  ['a file without a line end', [['passphrase-file', 'pass']], { files: { pass: 'p' } }, 'p'],
])('a passphrase is in %s', async (_, flags, options, secret) => {
  expect(await ask(passphrase, flags, options)).toBe(secret);
});

test('a PIN has flags of its own', async () => {
  expect(await ask(pin, [['pkcs11-pin-file', 'pin']], { files: { pin: '1234\n' } })).toBe('1234');
  expect(await ask(pin, [['pkcs11-pin', '1234']])).toBe('1234');
});

test('saying it twice is refused, without saying it', async () => {
  await expect(ask(passphrase, [['pkcs8-password', 'secret'], ['passphrase-file', 'pass']])).rejects.toMatchObject({
    code: 'USAGE', message: '--pkcs8-password and --passphrase-file say the same; leave one out',
  });
});

test('a file that is not there is named', async () => {
  await expect(ask(passphrase, [['passphrase-file', 'gone']])).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('gone does not exist') });
});

/** `script` of util-linux gives a program a terminal. */
const scriptMissing = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ? undefined : 'script of util-linux is not installed';
const setsidMissing = spawnSync('setsid', ['--version']).status === 0 ? undefined : 'setsid is not installed';

describeUnless(scriptMissing ?? setsidMissing ?? bunMissing, 'a person at a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prompt-'));
  const [program, answer] = [join(folder, 'ask.ts'), join(folder, 'answer.json')];

  beforeAll(() => {
    const module = join(__dirname, '..', '..', '..', 'signer', 'identity', 'prompt.ts');
    writeFileSync(program, `
      const { prompt } = require(${JSON.stringify(module)});
      prompt('PIN of token: ').then((text) => { require('fs').writeFileSync(${JSON.stringify(answer)}, JSON.stringify(text ?? null)); process.exit(0); });`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is asked, is not shown what is typed, and may correct it', () => {
    const shown = execFileSync('sh', ['-c', `(sleep 1; printf '12\\1773 4\\n'; sleep 1) | script -qec "'${BUN}' '${program}'" /dev/null`], { encoding: 'utf8', timeout: 20_000 });
    expect(JSON.parse(readFileSync(answer, 'utf8'))).toBe('13 4');
    expect(shown).toContain('PIN of token: ');
    expect(shown).not.toMatch(/[1234]/);
  });

  test('may give up', () => {
    execFileSync('sh', ['-c', `(sleep 1; printf '12\\003'; sleep 1) | script -qec "'${BUN}' '${program}'" /dev/null`], { timeout: 20_000 });
    expect(JSON.parse(readFileSync(answer, 'utf8'))).toBeNull();
  });

  test('is not waited for where there is none', () => {
    execFileSync('setsid', ['--wait', BUN, program], { timeout: 20_000, stdio: 'ignore' });
    expect(JSON.parse(readFileSync(answer, 'utf8'))).toBeNull();
  });
});
