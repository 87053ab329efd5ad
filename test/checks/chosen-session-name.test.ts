import { BOUND, found, profile, role, soundPki, trust } from './check';

const BY_NAME = trust({ ...BOUND, StringLike: { 'sts:RoleSessionName': 'backup-*' } });

test('warns where hosts choose the name that the role goes by', () => {
  expect(found('RA309', { Role: role([BY_NAME]), Profile: profile({ AcceptRoleSessionName: true }) })).toMatchObject([{
    severity: 'warning', on: 'Profile', at: 'Properties.RoleArns[0]',
  }]);
});

const COMMON_NAME = '${aws:PrincipalTag/x509Subject/CN}';

/** What is found where hosts choose a name, and the trust policy compares it in this way. */
const foundBy = (operator: string, ...values: string[]) => found('RA309', {
  Role: role([trust({ ...BOUND, [operator]: { 'sts:RoleSessionName': values } })]), Profile: profile({ AcceptRoleSessionName: true }),
});

test('is content where the name has to equal an attribute of the certificate', () => {
  expect(foundBy('StringLike', COMMON_NAME, '${aws:PrincipalTag/x509SAN/DNS}')).toEqual([]);
});

test.each([
  ['StringNotLike', COMMON_NAME],
  ['StringLikeIfExists', COMMON_NAME],
  ['StringLike', "${aws:PrincipalTag/x509Subject/CN, 'any'}"],
  ['StringLike', '${aws:PrincipalTag/x509Issuer/CN}'],
  ['StringLike', `${COMMON_NAME}*`],
  ['StringLike', '$(aws:PrincipalTag/x509Subject/CN}'],
])('warns where it does not have to: %s %s', (operator, value) => {
  expect(foundBy(operator, value)).toHaveLength(1);
});

test('is content where they do not choose, or where the name decides nothing', async () => {
  expect(found('RA309', { Role: role([BY_NAME]), Profile: profile() })).toEqual([]);
  expect(found('RA309', { ...(await soundPki()).sound, Profile: profile({ AcceptRoleSessionName: true }) })).toEqual([]);
});
