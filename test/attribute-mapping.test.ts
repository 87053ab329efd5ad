import { AttributeMapping, CertificateField } from '../src';
import { errorCode } from './support/stack';

test.each([
  [AttributeMapping.subject('CN', 'OU', 'CN'), 'x509Subject', ['CN', 'OU']],
  [AttributeMapping.subject('*'), 'x509Subject', ['*']],
  [AttributeMapping.issuer('1.2.840.113549.1.9.1'), 'x509Issuer', ['1.2.840.113549.1.9.1']],
  [AttributeMapping.subjectAlternativeName('DNS', 'URI', 'Name/CN'), 'x509SAN', ['DNS', 'URI', 'Name/CN']],
  [AttributeMapping.none(CertificateField.SUBJECT_ALTERNATIVE_NAME), 'x509SAN', []],
])('%# is kept as the service has it', (mapping, field, specifiers) => {
  expect(mapping).toMatchObject({ certificateField: field, specifiers });
});

test.each(['Name', 'Name/', 'Name/*'])('%s is written as Name/*, as the service normalises it', (specifier) => {
  expect(AttributeMapping.subjectAlternativeName(specifier).specifiers).toEqual(['Name/*']);
});

test.each([
  () => AttributeMapping.subject(),
  () => AttributeMapping.subject(''),
  () => AttributeMapping.subject('C N'),
  () => AttributeMapping.subject('Name/CN'),
  () => AttributeMapping.issuer('x'.repeat(61)),
  () => AttributeMapping.subjectAlternativeName('*'),
  () => AttributeMapping.subjectAlternativeName('DNS/*'),
  () => AttributeMapping.subjectAlternativeName('Name/*/CN'),
])('%# is refused', (make) => {
  expect(errorCode(make)).toBe('INVALID_ATTRIBUTE_MAPPING');
});
