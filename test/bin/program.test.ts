/** Tests of the command as a program of its own: bundled, started by Node, ended by a signal or by a reader that has seen enough. */
import { ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeAssembly } from './assembly';
import { send } from '../simulator/http-client';
import { createRootCa, issueHost } from '../support/pki';

let folder: string;
let program: string;
let assembly: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-roles-anywhere-program-'));
  program = join(folder, 'cdk-roles-anywhere.cjs');
  await build({
    entryPoints: [join(__dirname, '../../bin/cdk-roles-anywhere.ts')], outfile: program, bundle: true, platform: 'node', target: 'node20', format: 'cjs',
  });
  const root = await createRootCa('CN=Example Root');
  assembly = writeAssembly(join(folder, 'cdk.out'), root.pem);
  writeFileSync(join(folder, 'host.pem'), (await issueHost(root, 'CN=onprem01')).pem);
  writeFileSync(join(folder, 'nobody.pem'), (await issueHost(root, 'CN=nobody')).pem);
});

afterAll(() => {
  // Only what a failed test left running is still there.
  started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: folder, env: { LANG: 'C.UTF-8' } }, (_, out, err) => {
      resolve({ code: child.exitCode, out, err });
    });
  });
}

test.each([
  ['0 when a role is allowed', ['explain', '--certificate', 'host.pem'], 0, /^✓ allowed: role Uploader/],
  ['1 when nothing is', ['explain', '--certificate', 'nobody.pem'], 1, /0 allowed, 2 refused/],
  ['2 for an unknown option', ['explain', '--nonsense'], 2, /^$/],
  ['3 for an assembly that is not there', ['explain', '--assembly', 'nowhere', '--certificate', 'host.pem'], 3, /^$/],
  ['0 for the version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/],
])('the program exits %s', async (_, args, code, out) => {
  const result = await run(...args);
  expect(result.code).toBe(code);
  expect(result.out).toMatch(out);
});

test('a reader that has seen enough is no error', async () => {
  const child = spawn(process.execPath, [program, 'explain', '--certificate', 'host.pem', '--verbose'], { cwd: folder });
  started.push(child);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString(); });
  child.stdout.destroy();
  await new Promise((resolve) => child.on('close', resolve));
  expect(err).toBe('');
});

test.each(['SIGTERM', 'SIGINT'] as const)('local serves until %s, and then exits 0', async (signal) => {
  const child = spawn(process.execPath, [program, 'local', '--port', '0', '--assembly', assembly], { cwd: folder });
  started.push(child);
  let out = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const match = /listening on (\S+)\n/.exec(out);
      if (match) {
        resolve(match[1]);
      }
    });
  });
  expect((await send(url, { method: 'GET', path: '/' })).text).toContain('FAKE');
  child.kill(signal);
  expect(await ended).toBe(0);
  expect(out).toMatch(/stopped\n$/);
});
