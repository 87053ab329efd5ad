import { BOUND, found, profile, role, soundPki, trust } from './check';

const mapping = (CertificateField: string, ...specifiers: string[]) => ({
  CertificateField, MappingRules: specifiers.map((Specifier) => ({ Specifier })),
});
const mapped = (...mappings: unknown[]) => profile({ AttributeMappings: mappings });
const OTHER = trust({ ArnEquals: BOUND.ArnEquals, StringLike: { 'aws:PrincipalTag/x509SAN/DNS': '*.example.com' } });

test('finds an attribute that the profile drops', () => {
  expect(found('RA307', { Role: role([trust()]), Profile: mapped(mapping('x509Subject', 'OU')) })).toMatchObject([{
    severity: 'error', on: 'Profile', at: 'Properties.RoleArns[0]', message: expect.stringContaining('x509Subject/CN'),
  }]);
});

test('warns where another statement is left', () => {
  expect(found('RA307', { Role: role([trust(), OTHER]), Profile: mapped(mapping('x509Subject', 'OU')) })).toMatchObject([{ severity: 'warning' }]);
});

test.each([
  ['all are mapped', mapped(mapping('x509Subject', '*'))],
  ['it is mapped by its object identifier', mapped(mapping('x509Subject', '2.5.4.3'))],
  ['nothing is said of the subject', mapped(mapping('x509Issuer', 'CN'))],
  ['only a deployment knows', mapped(mapping('x509Subject', 'OU'), { Ref: 'Mapping' })],
])('is content where %s', (_, resource) => {
  expect(found('RA307', { Role: role([trust()]), Profile: resource })).toEqual([]);
});

test('is content with another spelling of the key, and with the service\'s default', async () => {
  const spelled = trust({ ArnEquals: BOUND.ArnEquals, StringEquals: { 'AWS:principaltag/X509subject/CN': 'onprem01' } });
  expect(found('RA307', { Role: role([spelled]), Profile: mapped(mapping('x509Subject', 'CN')) })).toEqual([]);
  expect(found('RA307', (await soundPki()).sound)).toEqual([]);
});
