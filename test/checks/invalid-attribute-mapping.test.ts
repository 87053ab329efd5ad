import { found, profile } from './check';

const mapping = (CertificateField: string, ...specifiers: string[]) => ({
  CertificateField, MappingRules: specifiers.map((Specifier) => ({ Specifier })),
});
const on = (...mappings: unknown[]) => ({ Profile: profile({ AttributeMappings: mappings }) });

test.each([
  ['all alternative names', [mapping('x509SAN', '*')], 'DNS, URI, Name/*'],
  ['a long specifier', [mapping('x509Subject', 'x'.repeat(61))], 'cannot be mapped for x509Subject'],
  ['a part that does not exist', [mapping('x509Serial', '*')], 'no part of a certificate'],
])('finds %s', (_, mappings, message) => {
  expect(found('RA308', on(...mappings))).toMatchObject([{
    severity: 'error', on: 'Profile', at: 'Properties.AttributeMappings[0]', message: expect.stringContaining(message),
  }]);
});

test('finds a part that is mapped twice', () => {
  expect(found('RA308', on(mapping('x509Subject', 'CN'), mapping('x509Subject', 'OU')))).toMatchObject([{
    at: 'Properties.AttributeMappings[1]', message: 'x509Subject is mapped twice',
  }]);
});

test('is content with what the service takes', () => {
  expect(found('RA308', on(mapping('x509Subject', '*'), mapping('x509Issuer', 'CN', '2.5.4.10'), mapping('x509SAN', 'DNS', 'URI', 'Name', 'Name/CN')))).toEqual([]);
  expect(found('RA308', on(mapping('x509SAN', '*'), { Ref: 'Mapping' }))).toEqual([]);
});
