import fc from 'fast-check';
import { codeOf } from './code-of';
import { checkSessionArns, CreateSessionError, formatArn, parseArn } from '../../src/create-session';

const ARNS = {
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  roleArn: 'arn:aws:iam::111122223333:role/path/to/Uploader',
};

describe('taking an ARN apart', () => {
  test('a role with a path', () => {
    expect(parseArn(ARNS.roleArn)).toEqual({
      partition: 'aws', service: 'iam', region: '', accountId: '111122223333', resource: 'role/path/to/Uploader', resourceType: 'role', resourceId: 'path/to/Uploader',
    });
  });

  test.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f'])('the partition %s', (partition) => {
    expect(parseArn(`arn:${partition}:iam::111122223333:role/R`).partition).toBe(partition);
  });

  test.each([
    ['empty', ''],
    ['a name', 'Uploader'],
    ['no resource', 'arn:aws:iam::111122223333:'],
    ['no id', 'arn:aws:iam::111122223333:role/'],
    ['no slash', 'arn:aws:sns:eu-west-2:111122223333:topic'],
    ['11 digits of account', 'arn:aws:iam::11112222333:role/R'],
    ['another partition\'s style', 'arn:gcp:iam::111122223333:role/R'],
    ['a blank', 'arn:aws:iam::111122223333:role/R '],
    ['a line end', 'arn:aws:iam::111122223333:role/R\n'],
    ['a template that was not filled in', 'arn:${AWS::Partition}:iam::111122223333:role/R'],
    ['far too long', `arn:aws:iam::111122223333:role/${'r'.repeat(3000)}`],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseArn(text))).toBe('ARN_INVALID');
  });

  test('writing what was read gives the same text', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,10}$/);
    const arn = fc.record({
      partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
      service: part,
      region: fc.constantFrom('', 'eu-west-2', 'us-gov-east-1'),
      accountId: fc.stringMatching(/^[0-9]{12}$/),
      resource: fc.stringMatching(/^[a-z-]{1,10}\/[\x21-\x7e]{1,60}$/),
    });
    fc.assert(fc.property(arn, (fields) => {
      const text = formatArn(fields);
      expect(formatArn(parseArn(text))).toBe(text);
    }));
  });

  test('any other text is refused with a code, in no time', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string().map((text) => `arn:aws:${text}`), fc.string({ minLength: 500, unit: fc.constantFrom('a', ':', '-', '/') })), (text) => {
      try {
        parseArn(text);
      } catch (error) {
        expect((error as CreateSessionError).code).toBe('ARN_INVALID');
        expect((error as Error).message.length).toBeLessThan(1500);
      }
    }), { numRuns: 1000 });
  });
});

describe('checking that three ARNs belong together', () => {
  test('they do, and Region, account and partition come out', () => {
    expect(checkSessionArns(ARNS)).toEqual({ partition: 'aws', region: 'eu-west-2', accountId: '111122223333' });
  });

  test.each<[string, Partial<typeof ARNS>, string]>([
    ['a role as trust anchor', { trustAnchorArn: ARNS.roleArn }, 'ARN_WRONG_RESOURCE'],
    ['profile and trust anchor exchanged', { trustAnchorArn: ARNS.profileArn, profileArn: ARNS.trustAnchorArn }, 'ARN_WRONG_RESOURCE'],
    ['a user as role', { roleArn: 'arn:aws:iam::111122223333:user/U' }, 'ARN_WRONG_RESOURCE'],
    ['an instance profile as role', { roleArn: 'arn:aws:iam::111122223333:instance-profile/P' }, 'ARN_WRONG_RESOURCE'],
    ['a role with a Region', { roleArn: 'arn:aws:iam:eu-west-2:111122223333:role/R' }, 'ARN_WRONG_RESOURCE'],
    ['a profile without a Region', { profileArn: ARNS.profileArn.replace('eu-west-2', '') }, 'ARN_WRONG_RESOURCE'],
    ['another service', { profileArn: ARNS.profileArn.replace('rolesanywhere', 'iam') }, 'ARN_WRONG_RESOURCE'],
    ['a profile of another Region', { profileArn: ARNS.profileArn.replace('eu-west-2', 'eu-west-1') }, 'ARN_MISMATCH'],
    ['a role of another account', { roleArn: ARNS.roleArn.replace('111122223333', '444455556666') }, 'ARN_MISMATCH'],
    ['a role of another partition', { roleArn: ARNS.roleArn.replace('arn:aws:', 'arn:aws-cn:') }, 'ARN_MISMATCH'],
    ['no ARN', { roleArn: 'R' }, 'ARN_INVALID'],
  ])('refuses %s', (_, change, code) => {
    expect(codeOf(() => checkSessionArns({ ...ARNS, ...change }))).toBe(code);
  });

  test('says which ARN has which account', () => {
    expect(() => checkSessionArns({ ...ARNS, roleArn: ARNS.roleArn.replace('111122223333', '444455556666') }))
      .toThrow('their account differs (trust anchor 111122223333, profile 111122223333, role 444455556666)');
  });
});
