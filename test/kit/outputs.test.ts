import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { CONFIGURATION } from './kits';
import { chooseHandOver, HandOverChoice, readOutputs } from '../../src/kit/outputs';
import { errorOf } from '../support/stack';

const handed = (name: string, more: object = {}) => JSON.stringify({ $comment: { version: 1, name }, ...CONFIGURATION, ...more });
const PLAIN = { TrustAnchorArn: CONFIGURATION.trustAnchorArn, ProfileArn: CONFIGURATION.profileArn };
const roleArn = (name: string) => `arn:aws:iam::111122223333:role/service/${name}`;

const failure = (outputs: Record<string, Record<string, unknown>>, choice: HandOverChoice = {}) => errorOf(() => chooseHandOver(outputs, choice));

describe('outputs of a HostAccess', () => {
  test('are found under the name that the construct has made', () => {
    const outputs = { Hosts: { BackupSignerConfiguration1A2B3C4D: handed('Backup'), Url: 'https://example.com' } };
    expect(chooseHandOver(outputs, {})).toEqual({ stack: 'Hosts', name: 'Backup', configuration: CONFIGURATION });
  });

  test('of several are chosen by name, and by stack', () => {
    const outputs = { A: { XSignerConfiguration1: handed('Backup'), YSignerConfiguration2: handed('Upload') }, B: { XSignerConfiguration1: handed('Backup') } };
    expect(failure(outputs)).toMatchObject({ code: 'AMBIGUOUS', message: expect.stringContaining('"Backup" in A, "Upload" in A, "Backup" in B; choose one with --name') });
    expect(failure(outputs, { name: 'Backup' }).code).toBe('AMBIGUOUS');
    expect(chooseHandOver(outputs, { name: 'Upload' })).toMatchObject({ stack: 'A', name: 'Upload' });
    expect(chooseHandOver(outputs, { stack: 'B' })).toMatchObject({ stack: 'B', name: 'Backup' });
    expect(failure(outputs, { name: 'Nobody' })).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('there are "Backup" in A') });
    expect(failure(outputs, { stack: 'C' })).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('the file has no stack "C"; it has A, B') });
  });

  test.each([
    ['a private key', { privateKey: '-----BEGIN PRIVATE KEY-----' }, 'UNEXPECTED_MEMBER', /has a member "privateKey"/],
    ['a passphrase', { passphrase: 'hunter2' }, 'UNEXPECTED_MEMBER', /has a member "passphrase"/],
    ['a key in place of an ARN', { roleArn: '-----BEGIN PRIVATE KEY-----' }, 'INVALID_CONFIGURATION', /roleArn in output .* is not what it should be/],
    ['a role that is none', { roleArn: 'arn:aws:s3:::bucket' }, 'INVALID_CONFIGURATION', /roleArn/],
    ['a Region that is none', { region: 'here' }, 'INVALID_CONFIGURATION', /region/],
    ['no profile', { profileArn: undefined }, 'INVALID_CONFIGURATION', /profileArn in .* is missing/],
    ['a duration as text', { sessionDuration: '3600' }, 'INVALID_CONFIGURATION', /sessionDuration/],
    ['a duration that is too short', { sessionDuration: 899 }, 'INVALID_CONFIGURATION', /sessionDuration/],
    ['another version', { $comment: { version: 2, name: 'Backup' } }, 'UNSUPPORTED_VERSION', /has form 2, and this command reads 1/],
    ['no name', { $comment: { version: 1 } }, 'INVALID_CONFIGURATION', /has no name/],
  ])('with %s are refused, and their value is not repeated', (_, more, code, message) => {
    const error = failure({ Hosts: { BackupSignerConfiguration: handed('Backup', more) } });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/BEGIN|hunter2/);
  });
});

describe('outputs of a HostFleet', () => {
  const map = (name: string, ...hosts: string[]) => JSON.stringify({
    version: 1, name, hosts: Object.fromEntries(hosts.map((host) => [host, CONFIGURATION])),
  });

  test('that go over several are put together', () => {
    const { hosts, configuration } = chooseHandOver({ S: { FleetSignerConfigurations1A: map('Fleet', 'a', 'b'), FleetSignerConfigurations21B: map('Fleet', 'c') } }, {});
    expect([...hosts!.keys()]).toEqual(['a', 'b', 'c']);
    expect(configuration).toBeUndefined();
  });

  test('that hold more than they should are refused', () => {
    const withKey = JSON.stringify({ version: 1, name: 'Fleet', hosts: { a: { ...CONFIGURATION, privateKey: 'x' } } });
    expect(failure({ S: { FleetSignerConfigurations: withKey } })).toMatchObject({ code: 'UNEXPECTED_MEMBER', message: expect.stringContaining('host a has a member') });
    const beside = JSON.stringify({ version: 1, name: 'Fleet', hosts: {}, secrets: {} });
    expect(failure({ S: { FleetSignerConfigurations: beside } }).code).toBe('UNEXPECTED_MEMBER');
    expect(failure({ S: { FleetSignerConfigurations: JSON.stringify({ version: 7, name: 'Fleet', hosts: {} }) } }).code).toBe('UNSUPPORTED_VERSION');
  });
});

describe('plain outputs', () => {
  const outputs = { Quickstart: { ...PLAIN, UploaderRoleArn: roleArn('Q-Uploader-1'), ReaderRoleArn: roleArn('Q-Reader-1') } };

  test('with one role are enough', () => {
    const { name, configuration } = chooseHandOver({ Q: { ...PLAIN, UploaderRoleArnF00DCAFE: roleArn('Q-Uploader-1') } }, {});
    expect(name).toBe('Uploader');
    expect(configuration).toEqual({
      trustAnchorArn: CONFIGURATION.trustAnchorArn, profileArn: CONFIGURATION.profileArn, roleArn: roleArn('Q-Uploader-1'), region: 'eu-west-1',
    });
  });

  test('with several roles are chosen from, and the error lists them', () => {
    expect(failure(outputs)).toMatchObject({ code: 'AMBIGUOUS', message: expect.stringContaining('UploaderRoleArn, ReaderRoleArn; choose one with --role-output KEY or --role NAME') });
    expect(chooseHandOver(outputs, { roleOutput: 'ReaderRoleArn' })).toMatchObject({ name: 'Reader', configuration: { roleArn: roleArn('Q-Reader-1') } });
    expect(chooseHandOver(outputs, { role: 'Q-Uploader-1' }).name).toBe('Uploader');
    expect(chooseHandOver(outputs, { role: roleArn('Q-Uploader-1'), name: 'Nightly' }).name).toBe('Nightly');
    expect(failure(outputs, { role: 'Nobody' })).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(`UploaderRoleArn (${roleArn('Q-Uploader-1')})`) });
  });

  test('of several stacks are chosen from', () => {
    const both = { ...outputs, Other: { ...PLAIN, RoleArn: roleArn('Other') } };
    expect(failure(both)).toMatchObject({ code: 'AMBIGUOUS', message: expect.stringContaining('Quickstart, Other; choose one with --stack') });
    expect(chooseHandOver(both, { stack: 'Other' }).name).toBe('Other');
  });

  test('that are not there are missed, with what is', () => {
    expect(failure({ S: { Url: 'x' } })).toMatchObject({ code: 'NO_CONFIGURATION', message: expect.stringContaining('but S.Url; deploy a HostAccess') });
    expect(failure({})).toMatchObject({ code: 'NO_CONFIGURATION' });
    expect(failure({ S: { MySignerConfiguration: 'not JSON' } })).toMatchObject({ code: 'NO_CONFIGURATION' });
  });
});

describe('the file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'outputs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is read', () => {
    writeFileSync(join(folder, 'outputs.json'), '{"S":{"A":"b"}}');
    expect(readOutputs(join(folder, 'outputs.json'))).toEqual({ S: { A: 'b' } });
  });

  test.each([['text', 'secret', /is not JSON/], ['a list', '[]', /does not have outputs by stack/], ['no stacks', '{"A":"b"}', /does not have outputs by stack/]])(
    'that is %s is refused', (_, text, message) => {
      writeFileSync(join(folder, 'outputs.json'), text);
      const error = errorOf(() => readOutputs(join(folder, 'outputs.json')));
      expect(error.code).toBe('OUTPUTS_UNREADABLE');
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('secret');
    });

  test('that is not there is missed', () => {
    expect(errorOf(() => readOutputs(join(folder, 'nothing')))).toMatchObject({ code: 'OUTPUTS_UNREADABLE', message: expect.stringMatching(/nothing does not exist; it is the file that/) });
  });
});
