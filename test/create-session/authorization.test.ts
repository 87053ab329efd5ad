import fc from 'fast-check';
import { codeOf } from './code-of';
import { ALGORITHM_NAMES, Authorization, formatAuthorization, formatSerialNumber, parseAuthorization } from '../../src/create-session';

const GOOD = 'AWS4-X509-RSA-SHA256 Credential=255/20261120/eu-west-2/rolesanywhere/aws4_request, SignedHeaders=host;x-amz-date;x-amz-x509, Signature=0a1b';

describe('the serial number in Credential', () => {
  test('is decimal, where certificates and tools show hexadecimal', () => {
    expect(formatSerialNumber(0xffn)).toBe('255');
  });

  test('keeps every digit of 160 bits', () => {
    expect(formatSerialNumber(2n ** 160n - 1n)).toBe('1461501637330902918203684832716283019655932542975');
    expect(formatSerialNumber(0x15d19632234bf759a328_02c0da88f9e8afc8702dn)).toBe((0x15d19632234bf759a32802c0da88f9e8afc8702dn).toString(10));
  });

  test.each([-1n, 2n ** 160n])('%s is refused', (serial) => {
    expect(codeOf(() => formatSerialNumber(serial))).toBe('SERIAL_OUT_OF_RANGE');
  });
});

describe('reading', () => {
  test('a well-formed header', () => {
    expect(parseAuthorization(GOOD)).toEqual({
      algorithm: 'AWS4-X509-RSA-SHA256',
      serialNumber: 255n,
      scope: { day: '20261120', region: 'eu-west-2' },
      signedHeaders: ['host', 'x-amz-date', 'x-amz-x509'],
      signature: '0a1b',
    });
  });

  test('blanks after the commas are not needed', () => {
    expect(parseAuthorization(GOOD.replace(/, /g, ','))).toEqual(parseAuthorization(GOOD));
  });

  test.each<[string, string, string]>([
    ['empty', '', 'BAD_AUTHORIZATION'],
    ['SigV4 of an access key', GOOD.replace('AWS4-X509-RSA-SHA256', 'AWS4-HMAC-SHA256'), 'BAD_AUTHORIZATION'],
    ['an algorithm named after the certificate\'s own signature', GOOD.replace('RSA-SHA256', 'RSA-SHA384'), 'BAD_AUTHORIZATION'],
    ['a hexadecimal serial number', GOOD.replace('255', 'ff'), 'BAD_AUTHORIZATION'],
    ['a serial number with a leading zero', GOOD.replace('255', '0255'), 'BAD_AUTHORIZATION'],
    ['a serial number of more than 160 bits', GOOD.replace('255', (2n ** 160n).toString()), 'BAD_AUTHORIZATION'],
    ['a serial number of a million digits', GOOD.replace('255', '9'.repeat(1_000_000)), 'BAD_AUTHORIZATION'],
    ['a scope without terminator', GOOD.replace('/aws4_request', ''), 'BAD_AUTHORIZATION'],
    ['another service', GOOD.replace('rolesanywhere', 'sts'), 'BAD_SCOPE'],
    ['another terminator', GOOD.replace('aws4_request', 'aws5_request'), 'BAD_SCOPE'],
    ['headers joined with commas', GOOD.replace(/;/g, ','), 'BAD_AUTHORIZATION'],
    ['headers in capitals', GOOD.replace('host', 'Host'), 'BAD_AUTHORIZATION'],
    ['headers not sorted', GOOD.replace('host;x-amz-date', 'x-amz-date;host'), 'BAD_AUTHORIZATION'],
    ['a header twice', GOOD.replace('host;', 'host;host;'), 'BAD_AUTHORIZATION'],
    ['no headers', GOOD.replace('host;x-amz-date;x-amz-x509', ''), 'BAD_AUTHORIZATION'],
    ['a signature in capitals', GOOD.replace('0a1b', '0A1B'), 'BAD_AUTHORIZATION'],
    ['half an octet of signature', GOOD.replace('0a1b', '0a1'), 'BAD_AUTHORIZATION'],
    ['no signature', GOOD.replace('0a1b', ''), 'BAD_AUTHORIZATION'],
    ['parts exchanged', GOOD.replace(/(Signed\S+), (Sig.*)/, '$2, $1'), 'BAD_AUTHORIZATION'],
    ['something behind it', `${GOOD}, More=1`, 'BAD_AUTHORIZATION'],
  ])('refuses %s', (_, value, code) => {
    expect(codeOf(() => parseAuthorization(value))).toBe(code);
  });

  test('reads back whatever is written', () => {
    const headers = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), { minLength: 1 }).map((names) => [...names].sort());
    const authorization = fc.record<Authorization>({
      algorithm: fc.constantFrom(...ALGORITHM_NAMES),
      serialNumber: fc.bigInt(0n, 2n ** 160n - 1n),
      scope: fc.record({ day: fc.stringMatching(/^[0-9]{8}$/), region: fc.stringMatching(/^[a-z]{2}-[a-z]{3,9}-[0-9]$/) }),
      signedHeaders: headers,
      signature: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    });
    fc.assert(fc.property(authorization, (value) => {
      expect(parseAuthorization(formatAuthorization(value))).toEqual(value);
    }));
  });

  test('any other text is refused with a code, in no time', () => {
    const text = fc.oneof(fc.string(), fc.string({ minLength: 2000, unit: fc.constantFrom(' ', ',', '=', ';', 'a', '/') }).map((tail) => `AWS4-X509-RSA-SHA256 Credential=${tail}`));
    fc.assert(fc.property(text, (value) => {
      expect(['BAD_AUTHORIZATION', 'BAD_SCOPE']).toContain(codeOf(() => parseAuthorization(value)));
    }), { numRuns: 1000 });
  });
});
