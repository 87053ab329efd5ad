import * as fc from 'fast-check';
import { setProfileCredentials } from '../../../signer/update/credentials-file';
import { botocoreMissing, runPython } from '../../support/botocore';
import { describeUnless } from '../../support/runtimes';

const NEW = { accessKeyId: 'ASIANEW', secretAccessKey: 'new/secret+', sessionToken: 'new//token==' };
const LINES = ['aws_access_key_id = ASIANEW', 'aws_secret_access_key = new/secret+', 'aws_session_token = new//token=='];
const ADDED = LINES.map((line) => `${line}\n`).join('');

function set(text: string, profile = 'default', values = NEW): string {
  return Buffer.from(setProfileCredentials(Buffer.from(text, 'latin1'), profile, values, '/home/app/.aws/credentials')).toString('latin1');
}

describe('a section that is not there is added at the end', () => {
  test.each<[string, string, string]>([
    ['of an empty file', '', `[default]\n${ADDED}`],
    ['after another one', '[other]\na = b\n', `[other]\na = b\n\n[default]\n${ADDED}`],
    ['after a blank line', '[other]\na = b\n\n', `[other]\na = b\n\n[default]\n${ADDED}`],
    ['after a last line without an end', '[other]\na = b', `[other]\na = b\n\n[default]\n${ADDED}`],
    ['with the line ends of the file', '[other]\r\na = b\r\n', `[other]\r\na = b\r\n\r\n[default]\r\n${ADDED.replaceAll('\n', '\r\n')}`],
    ['after nothing but a comment', '# mine\n', `# mine\n\n[default]\n${ADDED}`],
    ['after nothing but a byte order mark', '\xef\xbb\xbf', `\xef\xbb\xbf[default]\n${ADDED}`],
    ['where its name is only part of others', '[default2]\n[my default]\n# [default]\n', `[default2]\n[my default]\n# [default]\n\n[default]\n${ADDED}`],
    ['where it is a value that goes on', '[other]\na =\n  [default]\n', `[other]\na =\n  [default]\n\n[default]\n${ADDED}`],
  ])('%s', (_, before, after) => {
    expect(set(before)).toBe(after);
  });

  test('with a name beyond ASCII', () => {
    const text = Buffer.from(set('', 'b\u00fcro \u6771'), 'latin1').toString('utf8');
    expect(text).toBe(`[b\u00fcro \u6771]\n${ADDED}`);
    expect(set(Buffer.from(text).toString('latin1'), 'b\u00fcro \u6771')).toBe(Buffer.from(text).toString('latin1'));
  });
});

describe('a section that is there', () => {
  test.each<[string, string, string]>([
    ['gets new values in place',
      '[default]\naws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T\n', `[default]\n${ADDED}`],
    ['keeps order, other keys and comments',
      '[default]\n# one\naws_session_token = T\nregion = eu-west-2\n; two\naws_access_key_id = A\naws_secret_access_key = S\n\n# three\n[other]\naws_access_key_id = O\n',
      `[default]\n# one\n${LINES[2]}\nregion = eu-west-2\n; two\n${LINES[0]}\n${LINES[1]}\n\n# three\n[other]\naws_access_key_id = O\n`],
    ['gets what it lacks at its end, before the blank lines',
      '[default]\naws_access_key_id = A\naws_secret_access_key = S\nregion = r\n\n\n# of the other\n[other]\n',
      `[default]\n${LINES[0]}\n${LINES[1]}\nregion = r\n${LINES[2]}\n\n\n# of the other\n[other]\n`],
    ['may be empty', '[default]\n[other]\n', `[default]\n${ADDED}[other]\n`],
    ['may be empty and last, without a line end', '[default]', `[default]\n${ADDED}`],
    ['may lack the end of its last line, which stays so', '[default]\naws_access_key_id=A\naws_secret_access_key=S\naws_session_token=T',
      '[default]\naws_access_key_id=ASIANEW\naws_secret_access_key=new/secret+\naws_session_token=new//token=='],
    ['keeps the way in which it is written', '[default]\n  aws_access_key_id=A\n  aws_secret_access_key =S\n  aws_session_token\t=\tT\n',
      '[default]\n  aws_access_key_id=ASIANEW\n  aws_secret_access_key =new/secret+\n  aws_session_token\t=\tnew//token==\n'],
    ['has values that were empty', '[default]\naws_access_key_id =\naws_secret_access_key=\naws_session_token = \n', `[default]\n${ADDED}`],
    ['has names in capital letters and colons, which not all programs understand',
      '[default]\nAWS_ACCESS_KEY_ID = A\naws_secret_access_key: S\nAws_Session_Token=T\n', `[default]\n${ADDED}`],
    ['has keys that merely begin alike',
      '[default]\naws_session_token_extra = 1\naws_access_key_id2 = 2\nx_aws_secret_access_key = 3\n',
      `[default]\naws_session_token_extra = 1\naws_access_key_id2 = 2\nx_aws_secret_access_key = 3\n${ADDED}`],
    ['has blanks in its brackets, and a comment behind them', '[ default ]  # see [1]\naws_access_key_id = A\n', `[ default ]  # see [1]\n${ADDED}`],
    ['has nested values that are called alike', '[default]\ns3 =\n  aws_access_key_id = nested\n  x = y\nregion = r\n',
      `[default]\ns3 =\n  aws_access_key_id = nested\n  x = y\nregion = r\n${ADDED}`],
    ['has a token over several lines', '[default]\naws_session_token = abc\n  def==\n# note\n\n  ghi\nregion = r\n',
      `[default]\n${LINES[2]}\n# note\n\nregion = r\n${LINES[0]}\n${LINES[1]}\n`],
    ['has a comment behind a value, which boto3 takes for a part of it', '[default]\naws_access_key_id = A # laptop\n', `[default]\n${ADDED}`],
    ['has indented options and is followed by an indented section', '  [default]\n    region = r\n  [other]\n    a = b\n',
      `  [default]\n    region = r\n    ${LINES.join('\n    ')}\n  [other]\n    a = b\n`],
    ['is empty and followed by an indented section', '[default]\n  [other]\n  a = b\n', `[default]\n  ${LINES.join('\n  ')}\n  [other]\n  a = b\n`],
    ['has the token under the old name that boto3 prefers', '[default]\naws_security_token = old\n', `[default]\naws_security_token = new//token==\n${ADDED}`],
    ['is there twice', '[default]\nregion = r\n[other]\n[default]\naws_access_key_id = A\n', `[default]\nregion = r\n[other]\n[default]\n${ADDED}`],
    ['is there twice with the same keys', '[default]\naws_access_key_id = A\n[default]\naws_access_key_id = B\naws_session_token = T\n',
      `[default]\n${LINES[0]}\n${LINES[1]}\n[default]\n${LINES[0]}\n${LINES[2]}\n`],
    ['has a key twice', '[default]\naws_access_key_id = A\naws_access_key_id = B\n', `[default]\n${LINES[0]}\n${ADDED}`],
    ['begins with a byte order mark', '\xef\xbb\xbf[default]\naws_access_key_id = A\n', `\xef\xbb\xbf[default]\n${ADDED}`],
    ['mixes line ends', '[default]\r\naws_access_key_id = A\naws_secret_access_key = S\r\nregion = r', `[default]\r\n${LINES[0]}\n${LINES[1]}\r\nregion = r\r\n${LINES[2]}\r\n`],
    ['has text that is not UTF-8', '[default]\n# caf\xe9 \x80\xff\nname = \xa0x\xa0\n', `[default]\n# caf\xe9 \x80\xff\nname = \xa0x\xa0\n${ADDED}`],
    ['has lines that are nothing', '[default]\nnonsense\n= value\n', `[default]\nnonsense\n= value\n${ADDED}`],
    ['has lines before it that are in no section', 'aws_access_key_id = stray\n[default]\n', `aws_access_key_id = stray\n[default]\n${ADDED}`],
  ])('%s', (_, before, after) => {
    expect(set(before)).toBe(after);
    expect(set(after)).toBe(after);
  });

  test('may have very long lines, and very many', () => {
    const long = `[default]\n# ${' x'.repeat(200_000)}${' '.repeat(200_000)}\naws_session_token = ${'t'.repeat(400_000)}\n`;
    const start = performance.now();
    expect(set(long).length).toBe(long.length - 400_000 + NEW.sessionToken.length + LINES[0].length + LINES[1].length + 2);
    const many = `${'# comment\n'.repeat(20_000)}[default]\n${'a = b\n'.repeat(20_000)}`;
    expect(set(many)).toBe(many + ADDED);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('what is refused', () => {
  test('a setting below a key of ours: to some programs it is one, to boto3 a part of the key\'s value', () => {
    expect(() => set('[default]\n\naws_access_key_id = A\n  region = eu-west-2\n')).toThrow(
      'the credentials file /home/app/.aws/credentials was not written: line 4 is indented below aws_access_key_id: some programs read it as a setting, '
      + 'and boto3 as a part of that value; remove its indentation');
    expect(set('[other]\naws_access_key_id = A\n  region = eu-west-2\n')).toContain('[default]');
  });

  test.each(['\xff\xfe[\0', '\xfe\xff\0['])('a file in UTF-16', (text) => {
    expect(() => set(text)).toThrow(/was not written: it is in UTF-16, which AWS's tools do not read; save it as UTF-8/);
  });

  test.each(['', ' default', 'default ', 'a]b', '[a', 'a\nb', 'a\rb', 'a\0b', 'a #b', 'a\t;b', 'a\u2028b'])('the profile %j', (profile) => {
    expect(() => set('', profile)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('is no name of a profile') }));
  });

  test.each(['default', 'my-profile', 'a b', 'a#b', 'x.y:z/1@example+com', 'profile default'])('and not the profile %j', (profile) => {
    expect(set('', profile)).toBe(`[${profile}]\n${ADDED}`);
  });

  test.each([
    { ...NEW, accessKeyId: 'A\n[other]' }, { ...NEW, secretAccessKey: 'a b' }, { ...NEW, sessionToken: '' }, { ...NEW, sessionToken: 'a\r' }, { ...NEW, sessionToken: '\u00e4' },
  ])('credentials that would become more than values, without a word of them', (values) => {
    const error = (() => {
      try {
        return set('', 'default', values);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toMatchObject({ code: 'UNEXPECTED_RESPONSE', message: expect.stringMatching(/^the endpoint returned a value for aws_\w+ that has other characters/) });
  });
});

/** Reads a file in a way of its own: sections, with their options and the lines that these go on with. */
function oracle(text: string): { readonly section: string; readonly name: string; readonly value: string }[] {
  const options: { section: string; name: string; value: string }[] = [];
  let section = '';
  let depth: number | undefined;
  for (const line of text.replace(/^\xef\xbb\xbf/, '').split(/\r\n|\r|\n/)) {
    const [, blanks, rest] = /^([ \t]*)(.*?)[ \t]*$/.exec(line)!;
    if (rest === '' || '#;'.includes(rest[0])) {
      continue;
    }
    if (depth !== undefined && blanks.length > depth) {
      options[options.length - 1].value += `\n${rest}`;
    } else if (rest.startsWith('[')) {
      section = rest.slice(1, rest.lastIndexOf(']')).trim();
      depth = undefined;
    } else {
      const [, name, value] = /^([^=:]*?)[ \t]*[=:][ \t]*(.*)$/.exec(rest)!;
      options.push({ section, name: name.toLowerCase(), value });
      depth = blanks.length;
    }
  }
  return options;
}

const OURS = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'];

/** Files as people, the AWS CLI and other programs leave them. */
const fileText = fc.record({
  end: fc.constantFrom('\n', '\r\n'),
  mark: fc.constantFrom('', '', '', '\xef\xbb\xbf'),
  hasLastEnd: fc.boolean(),
  names: fc.uniqueArray(fc.constantFrom('default', 'other', 'default2', 'my profile', 'x'), { maxLength: 4 }),
  bodies: fc.array(fc.record({
    depth: fc.constantFrom('', '', '  ', '\t'),
    options: fc.uniqueArray(fc.record({
      name: fc.constantFrom(...OURS, 'AWS_ACCESS_KEY_ID', 'aws_session_token_extra', 'region', 's3', 'aws_access_key', 'x'),
      separator: fc.constantFrom(' = ', '=', ' =', '= ', ':', '\t=\t'),
      value: fc.constantFrom('', 'AKIA', 'a b', 'x=y', 'a # b', '[default]', 'caf\xc3\xa9'),
      more: fc.array(fc.constantFrom('nested', '# comment', '', 'def=='), { maxLength: 2 }),
      remark: fc.constantFrom('', '', '# remark', '; aws_access_key_id = x', '\t# deep'),
    }), { maxLength: 6, selector: ({ name }) => name.toLowerCase() }),
    blankLines: fc.nat(2),
  }), { minLength: 4, maxLength: 4 }),
}).map(({ end, mark, hasLastEnd, names, bodies }) => {
  const lines = names.flatMap((name, i) => [
    `[${name}]`,
    ...bodies[i].options.flatMap(({ name: option, separator, value, more, remark }) => [
      ...(remark === '' ? [] : [remark]),
      `${bodies[i].depth}${option}${separator}${value}`,
      ...more.map((line) => (line === '' ? '' : `${bodies[i].depth}    ${line}`)),
    ]),
    ...Array.from({ length: bodies[i].blankLines }, () => ''),
  ]);
  return mark + lines.join(end) + (hasLastEnd && lines.length > 0 ? end : '');
});

const profileName = fc.constantFrom('default', 'other', 'my profile', 'new');

describe('whatever the file', () => {
  test('the profile has the new values, everything else has its old ones in its old order, and doing it again changes nothing', () => {
    fc.assert(fc.property(fileText, profileName, (before, profile) => {
      const after = set(before, profile);
      const isOurs = ({ section, name }: { section: string; name: string }) => section === profile && OURS.includes(name);
      expect(oracle(after).filter((option) => !isOurs(option))).toEqual(oracle(before).filter((option) => !isOurs(option)));
      const values = oracle(after).filter(isOurs);
      expect(new Map(values.map(({ name, value }) => [name, value]))).toEqual(
        new Map([['aws_access_key_id', NEW.accessKeyId], ['aws_secret_access_key', NEW.secretAccessKey], ['aws_session_token', NEW.sessionToken]]));
      expect(values).toHaveLength(3);
      expect(set(after, profile)).toBe(after);
    }), { numRuns: 300 });
  });

  test('each line that is not about the profile\'s credentials stays, octet by octet', () => {
    const isCredentials = (line: string) => /^[ \t]*(?:aws_access_key_id|aws_secret_access_key|aws_session_token)[ \t]*[=:]/i.test(line);
    fc.assert(fc.property(fileText, profileName, (before, profile) => {
      const rest = (text: string) => text.replace(/^\xef\xbb\xbf/, '').split(/(?<=\n)/).filter((line) => line !== '' && !isCredentials(line));
      const after = rest(set(before, profile));
      // What went on with an old value goes as well; a last line may get its end, and a new section comes behind all.
      const missing = rest(before).filter((line, i, lines) => {
        const isThere = after[0] === line || (i === lines.length - 1 && after[0]?.replace(/\r?\n$/, '') === line);
        if (isThere) {
          after.shift();
        }
        return !isThere;
      });
      expect(set(before, profile).startsWith('\xef\xbb\xbf')).toBe(before.startsWith('\xef\xbb\xbf'));
      expect(missing.filter((line) => !/^\s+(?:nested|def==)\r?\n?$/.test(line))).toEqual([]);
      expect([[], [`[${profile}]`]]).toContainEqual(after.map((line) => line.trim()).filter(Boolean));
    }), { numRuns: 300 });
  });

  test('of any octets at all, those that it does not understand stay', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('\0', '\xff', '\n', '\r', ' ', '\t', '[', ']', '=', ':', '#', ';', 'a', 'default', 'aws_session_token') }), (before) => {
      let after: string;
      try {
        after = set(before);
      } catch (error) {
        expect(error).toMatchObject({ code: 'FILE_NOT_WRITTEN' });
        return;
      }
      expect(after).toContain('ASIANEW');
      expect(set(after)).toBe(after);
    }), { numRuns: 500 });
  });
});

describeUnless(botocoreMissing, 'botocore', () => {
  const PROGRAM = `
import botocore.configloader, json, os, sys, tempfile
path = tempfile.mktemp()
def read(text):
    with open(path, 'wb') as file:
        file.write(text.encode('latin1'))
    try:
        # Nested values as they are: how botocore takes them apart is not what is tested.
        return botocore.configloader.raw_config_parse(path, parse_subsections=False)
    except Exception as error:
        return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
os.remove(path)
`;
  type Config = Record<string, Record<string, string>>;
  const readAll = (texts: readonly string[]) => JSON.parse(runPython(PROGRAM, JSON.stringify(texts))) as (Config | null)[];

  test('reads the new values, and everything else as it was', () => {
    const cases = fc.sample(fc.tuple(fileText, profileName), 400).filter(([text]) => !text.startsWith('\xef'));
    const before = readAll(cases.map(([text]) => text));
    const after = readAll(cases.map(([text, profile]) => set(text, profile)));
    let compared = 0;
    cases.forEach(([text, profile], i) => {
      const old = before[i];
      if (old === null) {
        throw new Error(`botocore does not read the file that was made for it: ${JSON.stringify(text)}`);
      }
      const values = { aws_access_key_id: NEW.accessKeyId, aws_secret_access_key: NEW.secretAccessKey, aws_session_token: NEW.sessionToken };
      expect(after[i]).toEqual({ ...old, [profile]: { ...old[profile], ...values } });
      compared++;
    });
    expect(compared).toBeGreaterThan(200);
  });

  test('reads nested and indented sections', () => {
    const texts = ['[default]\ns3 =\n  aws_access_key_id = nested\nregion = r\n', '[default]\n  [other]\n  a = b\n', '  [default]\n    region = r\n  [other]\n    a = b\n'];
    for (const [i, config] of readAll(texts.map((text) => set(text))).entries()) {
      expect([i, config?.default]).toEqual([i, expect.objectContaining({ aws_access_key_id: 'ASIANEW', aws_session_token: 'new//token==' })]);
    }
  });
});
