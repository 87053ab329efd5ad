import { BOUND, found, profile, role, soundPki, trust } from './check';

const BY_NAME = trust({ ...BOUND, StringLike: { 'sts:RoleSessionName': 'backup-*' } });

test('warns where hosts choose the name that the role goes by', () => {
  expect(found('RA309', { Role: role([BY_NAME]), Profile: profile({ AcceptRoleSessionName: true }) })).toMatchObject([{
    severity: 'warning', on: 'Profile', at: 'Properties.RoleArns[0]',
  }]);
});

test('is content where they do not choose, or where the name decides nothing', async () => {
  expect(found('RA309', { Role: role([BY_NAME]), Profile: profile() })).toEqual([]);
  expect(found('RA309', { ...(await soundPki()).sound, Profile: profile({ AcceptRoleSessionName: true }) })).toEqual([]);
});
