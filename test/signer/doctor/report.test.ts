import { Examined } from '../../../signer/doctor/findings';
import { appearanceOf, jsonReport, textReport } from '../../../signer/doctor/report';

const EXAMINED: Examined = {
  exitCode: 3,
  findings: [
    { id: 'certificate', status: 'ok', title: 'Certificate', detail: 'CN=Z\u00fcrich' },
    { id: 'private-key-file', status: 'warning', title: 'File of the private key', detail: 'host.key may be read by others', remedy: 'chmod 600 host.key' },
    { id: 'certificate-validity', status: 'failed', title: 'Validity', detail: 'expired', remedy: 'have a new one issued' },
    { id: 'create-session', status: 'skipped', title: 'CreateSession', detail: 'not checked' },
  ],
};

const PLAIN = { colours: false, unicode: true };

test('an aligned list with a summary', () => {
  expect(textReport(EXAMINED, PLAIN)).toBe([
    '✔ Certificate              CN=Zürich',
    '⚠ File of the private key  host.key may be read by others',
    '                           -> chmod 600 host.key',
    '✘ Validity                 expired',
    '                           -> have a new one issued',
    '- CreateSession            not checked',
    '',
    '1 ok, 1 warning, 1 failed, 1 skipped',
    '',
  ].join('\n'));
});

test('in ASCII alone, where nothing else is shown', () => {
  const text = textReport(EXAMINED, { colours: false, unicode: false });
  expect(text).toBe([
    'ok   Certificate              CN=Z\\u{fc}rich',
    'WARN File of the private key  host.key may be read by others',
    '                              -> chmod 600 host.key',
    'FAIL Validity                 expired',
    '                              -> have a new one issued',
    'skip CreateSession            not checked',
    '',
    '1 ok, 1 warning, 1 failed, 1 skipped',
    '',
  ].join('\n'));
});

test('in colours, the same text', () => {
  const text = textReport(EXAMINED, { ...PLAIN, colours: true });
  expect(text).toContain('\u001b[31m✘\u001b[0m Validity');
  // eslint-disable-next-line no-control-regex
  expect(text.replace(/\u001b\[\d+m/g, '')).toBe(textReport(EXAMINED, PLAIN));
});

test('lines are broken between words where a terminal is narrow, and nothing is lost', () => {
  const detail = 'the signature on CN=onprem01 was not made with the key of CN=Lower that is sent';
  const text = textReport({ exitCode: 3, findings: [{ ...EXAMINED.findings[2], detail }] }, { ...PLAIN, columns: 50 });
  const lines = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
  expect(lines.slice(0, 3).map((line) => line.substring(12).trim()).join(' ')).toBe(detail);
  expect(textReport(EXAMINED, { ...PLAIN, columns: 20 })).toBe(textReport(EXAMINED, PLAIN));
});

test('many checks in a row that were left out for one reason are one line', () => {
  const skipped = (detail: string) => ({ ...EXAMINED.findings[3], detail });
  const findings = [EXAMINED.findings[2], skipped('a'), skipped('a'), skipped('a'), skipped('b'), skipped('b'), EXAMINED.findings[0], skipped('c'), skipped('c'), skipped('c')];
  expect(textReport({ exitCode: 3, findings }, PLAIN).split('\n').filter((line) => line.startsWith('-'))).toEqual([
    '- 3 more         a', '- CreateSession  b', '- CreateSession  b', '- 3 more         c',
  ]);
  expect(textReport({ exitCode: 3, findings }, PLAIN)).toContain('1 ok, 0 warnings, 1 failed, 8 skipped');
  expect(JSON.parse(jsonReport({ exitCode: 3, findings }))).toMatchObject({ findings });
});

test('no findings', () => {
  expect(textReport({ exitCode: 0, findings: [] }, PLAIN)).toBe('\n0 ok, 0 warnings, 0 failed, 0 skipped\n');
});

test('JSON', () => {
  const summary = { ok: 1, warning: 1, failed: 1, skipped: 1, exitCode: 3 };
  expect(JSON.parse(jsonReport(EXAMINED))).toEqual({ findings: EXAMINED.findings, summary });
});

describe('what the output can show', () => {
  test.each([
    [{ LANG: 'C.UTF-8' }, true], [{ LANG: 'de_DE.utf8' }, true], [{ LANG: 'C' }, false], [{}, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false], [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
  ])('characters: %j', (env, unicode) => {
    expect(appearanceOf(env, false, undefined, 'linux').unicode).toBe(unicode);
  });

  test('characters on Windows', () => {
    expect([appearanceOf({ WT_SESSION: '1' }, true, 80, 'win32').unicode, appearanceOf({ LANG: 'C.UTF-8' }, true, 80, 'win32').unicode]).toEqual([true, false]);
  });

  test('colours at a terminal only, and not with NO_COLOR', () => {
    expect(appearanceOf({}, true, 80).colours).toBe(true);
    expect([appearanceOf({}, false, 80), appearanceOf({ NO_COLOR: '1' }, true, 80), appearanceOf({ TERM: 'dumb' }, true, 80)].map(({ colours }) => colours)).toEqual([false, false, false]);
  });

  test('columns at a terminal only', () => {
    expect([appearanceOf({}, true, 80).columns, appearanceOf({}, false, 80).columns]).toEqual([80, undefined]);
  });
});
