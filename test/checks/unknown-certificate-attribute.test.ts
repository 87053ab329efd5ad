import { BOUND, found, role, trust } from './check';

const on = (key: string) => ({ Role: role([trust({ ...BOUND, StringLike: { [`aws:PrincipalTag/${key}`]: 'a*' } })]) });

test.each([
  ['x509Subject/CommonName', 'it is called CN'],
  ['x509Issuer/organizationalUnitName', 'it is called OU'],
  ['x509SAN/Email', 'only the first DNS name, URI and directory name'],
  ['x509SAN/Name/countryName', 'it is called C'],
  ['x509SerialNumber', 'are all there is'],
  ['x509Subject', 'names no attribute'],
  ['x509Subject/C N', 'names no attribute'],
])('finds %s', (key, reason) => {
  expect(found('RA110', on(key))).toMatchObject([{ severity: 'error', on: 'Role', message: expect.stringContaining(reason) }]);
});

test.each([
  'x509Subject/CN', 'x509Subject/2.5.4.11', 'x509Subject/serialNumber', 'x509Issuer/O', 'x509SAN/DNS', 'x509SAN/URI', 'x509SAN/Name/CN', 'X509subject/CN', 'team',
])('is content with %s', (key) => {
  expect(found('RA110', on(key))).toEqual([]);
});
