import { Check, CheckId, failed, ok, runChecks, skipped, warning } from '../../../signer/doctor/findings';
import { SignerError } from '../../../signer/errors';
import { ExitCode } from '../../../signer/exit-codes';

const check = (id: CheckId, needs: readonly CheckId[], run: Check<string>['run'], more: Partial<Check<string>> = {}): Check<string> => (
  { id, title: `Title of ${id}`, needs, exitCode: ExitCode.IDENTITY, run, ...more });

test('each check has a finding, in order, with what it says and nothing else', async () => {
  expect(await runChecks([
    check('arns', [], (subject) => ok(`fine, ${subject}`)),
    check('certificate', [], async () => warning('old', 'renew it')),
  ], 'host')).toEqual({
    exitCode: 0,
    findings: [
      { id: 'arns', status: 'ok', title: 'Title of arns', detail: 'fine, host' },
      { id: 'certificate', status: 'warning', title: 'Title of certificate', detail: 'old', remedy: 'renew it' },
    ],
  });
});

test('what needs a failed check is left out, and what needs that too, each with the first cause', async () => {
  const ran: string[] = [];
  const { findings } = await runChecks([
    check('arns', [], () => failed('bad')),
    check('proxy', ['arns'], () => ok(`${ran.push('proxy')}`)),
    check('clock', ['proxy', 'certificate'], () => ok(`${ran.push('clock')}`)),
    check('certificate', [], () => ok('fine')),
  ], '');
  expect(findings.map(({ status, detail }) => [status, detail])).toEqual([
    ['failed', 'bad'],
    ['skipped', 'not checked, because "Title of arns" failed'],
    ['skipped', 'not checked, because "Title of arns" failed'],
    ['ok', 'fine'],
  ]);
  expect(ran).toEqual([]);
});

test('warnings, and checks that found nothing to check, keep nobody from going on', async () => {
  const { findings } = await runChecks([
    check('arns', [], () => warning('odd')),
    check('proxy', [], () => skipped('nothing there')),
    check('clock', ['arns', 'proxy'], () => ok('fine')),
    check('connection', ['name-resolution'], () => ok('needs what is not in the list')),
  ], '');
  expect(findings.map(({ status }) => status)).toEqual(['warning', 'skipped', 'ok', 'ok']);
});

test('a check that does not apply has no finding', async () => {
  const applies = (subject: string) => subject === 'yes';
  expect((await runChecks([check('arns', [], () => ok(''), { applies })], 'no')).findings).toEqual([]);
  expect((await runChecks([check('arns', [], () => ok(''), { applies })], 'yes')).findings).toHaveLength(1);
});

test('a check that is left out says why, and so does what needs it; neither fails', async () => {
  const { findings, exitCode } = await runChecks([
    check('connection', [], () => failed('unreachable')), check('clock', ['connection'], () => failed('wrong')),
  ], '', ({ id }) => (id === 'connection' ? 'offline' : undefined));
  expect({ exitCode, details: findings.map(({ detail }) => detail) }).toEqual({ exitCode: 0, details: ['offline', 'offline'] });
});

test('the first failure decides on the exit code: the outcome\'s own before the check\'s', async () => {
  const codes = async (...checks: Array<Check<string>>) => (await runChecks(checks, '')).exitCode;
  expect(await codes(check('arns', [], () => failed(''), { exitCode: ExitCode.USAGE }), check('clock', [], () => failed('')))).toBe(2);
  expect(await codes(check('arns', [], () => ok('')), check('clock', [], () => ({ status: 'failed', detail: '', exitCode: ExitCode.UNAVAILABLE })))).toBe(5);
});

test('an error is a failure with its own exit code', async () => {
  expect(await runChecks([check('arns', [], () => {
    throw new SignerError('USAGE', '--role-arn is missing');
  })], '')).toMatchObject({ exitCode: 2, findings: [{ status: 'failed', detail: '--role-arn is missing' }] });
  expect(await runChecks([check('arns', [], () => Promise.reject(new TypeError('a mistake of ours')))], ''))
    .toMatchObject({ exitCode: 1, findings: [{ status: 'failed', detail: 'TypeError: a mistake of ours' }] });
});

test('texts from outside stay on one line', async () => {
  const { findings } = await runChecks([check('arns', [], () => failed('a\n\u001b[31mb', 'c\r\nd'))], '');
  expect(findings).toEqual([expect.objectContaining({ detail: 'a [31mb', remedy: 'c d' })]);
});
