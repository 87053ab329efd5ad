import { chmod, readPermissions } from '../../../signer/doctor/permissions';

test.each([
  [0o600, '0600', [], []],
  [0o400, '0400', [], []],
  [0o640, '0640', ['its group'], []],
  [0o644, '0644', ['its group', 'others'], []],
  [0o660, '0660', ['its group'], ['its group']],
  [0o602, '0602', [], ['others']],
  [0o777, '0777', ['its group', 'others'], ['its group', 'others']],
  [0o711, '0711', [], []],
])('%o', (mode, octal, readers, writers) => {
  expect(readPermissions(mode)).toEqual({ octal, readers, writers });
});

test('a command can be copied, whatever the path is', () => {
  expect(chmod('600', '/etc/roles-anywhere/host.key')).toBe('chmod 600 /etc/roles-anywhere/host.key');
  expect(chmod('go-w', '/my folder/it\'s.key')).toBe('chmod go-w \'/my folder/it\'\\\'\'s.key\'');
});
