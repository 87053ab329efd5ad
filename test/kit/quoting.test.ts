/** Tests of quoting: what is read by the programs themselves is what was written. */
import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import fc from 'fast-check';
import { kitFor, targetOf } from './kits';
import { awsConfig } from '../../src/kit/files/aws-config';
import { systemdUnits } from '../../src/kit/files/systemd';
import { hostPaths } from '../../src/kit/host-paths';
import { indented, powershellLiteral, shellWord, systemdProgram, systemdWord, windowsWord, yamlText } from '../../src/kit/quoting';
import { PYTHON, pythonMissing } from '../support/python';
import { describeUnless } from '../support/runtimes';
import { shMissing, systemdAnalyzeMissing } from '../support/shells';

/** Signs that mean something to one of the readers, and some that do not. */
const sign = fc.constantFrom(...' \'$`%&|<>(){}[]*?!~#;=,.:@+-_^äß日aZ9'.split(''));
const name = fc.string({ unit: sign, minLength: 1, maxLength: 12 });

const isTaken = (target: string) => (certificate: string): boolean => {
  try {
    hostPaths(targetOf(target), { certificate });
    return true;
  } catch {
    return false;
  }
};
const posixPath = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`).filter(isTaken('linux-x64'));
const windowsPath = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `C:\\${names.join('\\')}`).filter(isTaken('windows-x64'));

/** The command that an SDK finds in the configuration of the AWS CLI. */
const processOf = (text: string) => /^credential_process = (.*)$/mu.exec(text)![1];

describeUnless(shMissing, 'sh', () => {
  test('gets every path back', () => {
    fc.assert(fc.property(fc.array(posixPath, { minLength: 1, maxLength: 20 }), (paths) => {
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${paths.map(shellWord).join(' ')}`], { encoding: 'utf8' });
      expect(stdout).toBe(`${paths.join('\n')}\n`);
    }), { numRuns: 60 });
  });

  test('gets what credential_process is to run', () => {
    fc.assert(fc.property(posixPath, posixPath, (signer, configuration) => {
      const command = processOf(awsConfig(kitFor('linux-x64', { paths: { signer, configuration } })));
      expect(spawnSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).stdout).toBe(`${signer}\ncredential-process\n--config\n${configuration}\n`);
    }), { numRuns: 60 });
  });
});

describeUnless(pythonMissing, 'Python, in which the AWS CLI is written,', () => {
  test('gets what credential_process is to run', () => {
    // As botocore reads it: the file with configparser, the command with shlex.
    const script = 'import sys, json, shlex, configparser\nfor text in json.load(sys.stdin):\n'
      + '  c = configparser.RawConfigParser(); c.read_string(text)\n  print(json.dumps(shlex.split(c["profile Backup"]["credential_process"])))';
    fc.assert(fc.property(fc.array(fc.tuple(posixPath, posixPath), { minLength: 1, maxLength: 30 }), (pairs) => {
      const texts = pairs.map(([signer, configuration]) => awsConfig(kitFor('linux-x64', { paths: { signer, configuration } })));
      const { stdout, stderr } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8', input: JSON.stringify(texts) });
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(pairs.map(([signer, configuration]) => (
        [signer, 'credential-process', '--config', configuration]
      )));
    }), { numRuns: 20 });
  });
});

test('a remark can begin nowhere in a path, because some SDKs look for one', () => {
  fc.assert(fc.property(fc.oneof(posixPath, windowsPath), (path) => {
    expect(path).not.toMatch(/\s[#;]/u);
  }));
});

describeUnless(systemdAnalyzeMissing, 'systemd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quoting-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('gets every path back', () => {
    // It says of a program that is not there what it took its path for.
    fc.assert(fc.property(posixPath, (path) => {
      writeFileSync(join(folder, 'x.service'), `[Service]\nExecStart=${systemdProgram(path)}\n`);
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, 'x.service')], { encoding: 'utf8' });
      expect(stderr).toContain(`Command ${path} is not executable: No such file or directory`);
    }), { numRuns: 25 });
  });

  test('takes units with every path', () => {
    fc.assert(fc.property(posixPath, posixPath, (certificate, configuration) => {
      const kit = kitFor('linux-x64', { paths: { signer: '/bin/sh', certificate, configuration } });
      const units = [...systemdUnits(kit)].filter(([unit]) => !unit.includes('@'));
      units.forEach(([unit, text]) => writeFileSync(join(folder, unit), text));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units.map(([unit]) => join(folder, unit))], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }), { numRuns: 15 });
  });
});

/** As programs of Windows split their command line, which is enough where no backslash stands before a quote. */
function splitWindows(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain);
}

test('Windows gets what credential_process is to run', () => {
  fc.assert(fc.property(windowsPath, windowsPath, (signer, configuration) => {
    const command = processOf(awsConfig(kitFor('windows-x64', { paths: { signer, configuration } })));
    expect(splitWindows(command)).toEqual([signer, 'credential-process', '--config', configuration]);
    expect(windowsWord(signer)).toMatch(/^(?:"[^"]+"|[^" ]+)$/u);
  }));
});

test('a dollar in an argument of a unit stays one, because it is written twice', () => {
  expect([systemdWord('/a/$HOME 100%'), systemdWord('/a$b'), systemdWord('/plain')]).toEqual(['"/a/$$HOME 100%%"', '"/a$$b"', '/plain']);
});

test('literals of PowerShell have their apostrophes twice, the typographic ones too', () => {
  expect(powershellLiteral('C:\\it\'s ‘here’ $x')).toBe('\'C:\\it\'\'s ‘‘here’’ $x\'');
});

test('texts in YAML are JSON without the line ends of Unicode', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '"', '\\', '\u2028', '\u0085', ':', '#', 'é') }), (text) => {
    expect(JSON.parse(yamlText(text))).toBe(text);
    expect(yamlText(text)).not.toMatch(/[\u0085\u2028\u2029]/u);
  }));
});

test('blocks are indented, and empty lines stay empty', () => {
  expect(indented('a\n\n b\n', 2)).toBe('  a\n\n   b\n');
});
