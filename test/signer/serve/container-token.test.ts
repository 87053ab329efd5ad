import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ContainerToken } from '../../../signer/serve/container-token';

const folder = mkdtempSync(join(tmpdir(), 'container-token-'));
const path = join(folder, 'token');
const TOKEN = 'a-token-of-somebody-else';
let elapsed = 0;
const open = () => ContainerToken.open(path, () => elapsed);

beforeEach(() => rmSync(path, { force: true }));

afterAll(() => rmSync(folder, { recursive: true }));

describe('a file that is not there', () => {
  test('is made for this user alone, with a random token and no line end, and removed at the end', async () => {
    const token = await open();
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^[\w-]{43}$/);
    expect(process.platform === 'win32' ? 0o600 : statSync(path).mode % 0o1000).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['token']);
    expect(token.isOwn).toBe(true);
    expect(await token.isExposed()).toBe(false);
    expect(await token.check(text)).toBe('accepted');
    expect(await token.check(`${text}x`)).toBe('refused');
    expect(await token.check('')).toBe('refused');
    await token.close();
    expect(existsSync(path)).toBe(false);
    await token.close();
  });

  test('holds another token each time', async () => {
    const tokens = [];
    for (let i = 0; i < 3; i++) {
      const token = await open();
      tokens.push(readFileSync(path, 'utf8'));
      await token.close();
    }
    expect(new Set(tokens).size).toBe(3);
  });

  test('of several servers that begin together, one makes it and all have the same token', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, open));
    expect(all.filter(({ isOwn }) => isOwn)).toHaveLength(1);
    const text = readFileSync(path, 'utf8');
    expect(await Promise.all(all.map((token) => token.check(text)))).toEqual(Array.from({ length: 8 }, () => 'accepted'));
    expect(readdirSync(folder)).toEqual(['token']);
  });

  test('cannot be made in a folder that is not there', async () => {
    await expect(ContainerToken.open(join(folder, 'nowhere', 'token'))).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN', message: `the container token file ${join(folder, 'nowhere', 'token')} cannot be made (ENOENT)`,
    });
  });
});

describe('a file that is there', () => {
  test('is read, with or without a line end, and stays', async () => {
    for (const end of ['', '\n', '\r\n']) {
      writeFileSync(path, TOKEN + end, { mode: 0o600 });
      const token = await open();
      expect(token.isOwn).toBe(false);
      expect(await token.check(TOKEN)).toBe('accepted');
      await token.close();
      expect(readFileSync(path, 'utf8')).toBe(TOKEN + end);
    }
  });

  test('a new token is good at once, and the old one for no more than a second', async () => {
    writeFileSync(path, TOKEN);
    const token = await open();
    writeFileSync(path, 'another-token-altogether');
    expect(await token.check('another-token-altogether')).toBe('accepted');
    expect(await token.check(TOKEN)).toBe('refused');
    writeFileSync(path, TOKEN);
    elapsed += 1000;
    expect(await token.check('another-token-altogether')).toBe('refused');
    expect(await token.check(TOKEN)).toBe('accepted');
  });

  test('without the file no token is good, until it is there again', async () => {
    writeFileSync(path, TOKEN);
    const token = await open();
    rmSync(path);
    elapsed += 1000;
    expect(await token.check(TOKEN)).toBe('unreadable');
    expect(await token.check(TOKEN)).toBe('unreadable');
    writeFileSync(path, TOKEN);
    expect(await token.check(TOKEN)).toBe('accepted');
  });

  test('that others may read is noticed', async () => {
    writeFileSync(path, TOKEN);
    chmodSync(path, 0o644);
    expect(await (await open()).isExposed()).toBe(process.platform !== 'win32');
  });

  test.each([['empty', ''], ['short', 'short'], ['of two lines', `${TOKEN}\n${TOKEN}`], ['with control characters', `${TOKEN}\u0007${TOKEN}`], ['long', 'x'.repeat(4097)]])(
    'that is %s is refused, and not repeated in the message', async (_, text) => {
      writeFileSync(path, text);
      const error = await open().catch((reason: unknown) => reason as Error & { code: string });
      expect(error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(`the container token file ${path} must hold one line`) });
      expect((error as Error).message).not.toContain(TOKEN);
    });

  test('one that was made and then replaced is not removed', async () => {
    const token = await open();
    writeFileSync(path, TOKEN);
    await token.close();
    expect(readFileSync(path, 'utf8')).toBe(TOKEN);
  });
});
