import { codeOf } from './code-of';
import { formatCertificateHeader, formatChainHeader, parseCertificateHeader, parseChainHeader } from '../../src/create-session';
import { Certificate, readCertificate, toHex } from '../../src/x509';
import { createRootCa, issueCa, Issued, issueHost } from '../support/pki';

let certificates: Certificate[];

beforeAll(async () => {
  const issued: Issued[] = [await createRootCa('CN=Root')];
  for (let i = 1; i <= 6; i++) {
    issued.push(await issueCa(issued[i - 1], `CN=Intermediate ${i}`));
  }
  issued.push(await issueHost(issued[6], 'CN=onprem01'));
  certificates = issued.reverse().map(({ der }) => readCertificate(der));
});

describe('the chain header', () => {
  test('joins certificates with commas, without blanks, in their order', () => {
    const value = formatChainHeader(certificates.slice(1, 4));
    expect(value).toBe(certificates.slice(1, 4).map(({ raw }) => Buffer.from(raw).toString('base64')).join(','));
    expect(value).not.toMatch(/\s/);
  });

  test('holds five certificates and refuses six, in writing and in reading', () => {
    const five = formatChainHeader(certificates.slice(1, 6));
    expect(parseChainHeader(five).map(({ raw }) => toHex(raw))).toEqual(certificates.slice(1, 6).map(({ raw }) => toHex(raw)));
    expect(codeOf(() => formatChainHeader(certificates.slice(1, 7)))).toBe('CHAIN_TOO_LONG');
    expect(codeOf(() => parseChainHeader(`${five},${formatCertificateHeader(certificates[6])}`))).toBe('CHAIN_TOO_LONG');
  });

  test.each<[string, (a: string, b: string) => string]>([
    ['a blank after the comma', (a, b) => `${a}, ${b}`],
    ['nothing after the comma', (a) => `${a},`],
    ['a semicolon', (a, b) => `${a};${b}`],
    ['PEM', (a) => `-----BEGIN CERTIFICATE-----${a}-----END CERTIFICATE-----`],
    ['a certificate cut off', (a) => a.substring(0, 400)],
  ])('refuses %s', (_, make) => {
    expect(codeOf(() => parseChainHeader(make(formatCertificateHeader(certificates[1]), formatCertificateHeader(certificates[2]))))).toBe('BAD_CHAIN');
  });
});

describe('the certificate header', () => {
  test('is base64 of the DER in one line, with padding', () => {
    expect(formatCertificateHeader(certificates[0])).toBe(Buffer.from(certificates[0].raw).toString('base64'));
    expect(toHex(parseCertificateHeader(formatCertificateHeader(certificates[0])).raw)).toBe(toHex(certificates[0].raw));
  });

  test.each(['', 'AAAA', 'not base64!', 'MIIB AAAA', 'MIIB\nAAAA'])('refuses %j', (value) => {
    expect(codeOf(() => parseCertificateHeader(value))).toBe('BAD_CERTIFICATE');
  });
});
