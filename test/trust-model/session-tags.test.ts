/** Tests of what becomes of a certificate's fields: session tags, source identity, session name. */
import fc from 'fast-check';
import {
  AttributeMappingRule, DEFAULT_ATTRIBUTE_MAPPINGS, defaultRoleSessionName, isMapped, mapSessionTags, sourceIdentity, tagValueProblem,
} from '../../src/trust-model/session-tags';
import { Certificate, readCertificate } from '../../src/x509';
import { createRootCa, Issued, IssueOptions, issueHost } from '../support/pki';

let root: Issued;

beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
});

async function certificateOf(subject: string, options: IssueOptions = {}): Promise<Certificate> {
  return readCertificate((await issueHost(root, subject, options)).der);
}

describe('session tags under the default mappings', () => {
  test('come from subject, issuer and the first name of each form', async () => {
    const certificate = await certificateOf('C=AU, O=Example, OU=SecOps, CN=onprem01', {
      subjectAltName: [
        { type: 'dns', value: 'onprem01.example.com' }, { type: 'dns', value: 'alias.example.com' },
        { type: 'url', value: 'spiffe://example.com/onprem01' }, { type: 'dn', value: 'CN=Directory Name' },
      ],
    });
    expect(mapSessionTags(certificate)).toEqual({
      tags: {
        'x509Subject/C': 'AU',
        'x509Subject/O': 'Example',
        'x509Subject/OU': 'SecOps',
        'x509Subject/CN': 'onprem01',
        'x509Issuer/C': 'AU',
        'x509Issuer/O': 'Example',
        'x509Issuer/CN': 'Example Root',
        'x509SAN/DNS': 'onprem01.example.com',
        'x509SAN/URI': 'spiffe://example.com/onprem01',
        'x509SAN/Name/CN': 'Directory Name',
      },
      unmappable: [],
    });
  });

  test('multi-valued attributes are joined with / in certificate order', async () => {
    const certificate = await certificateOf('O=Example, OU=Security, OU=Engineering, OU=Research, CN=a');
    expect(mapSessionTags(certificate).tags['x509Subject/OU']).toBe('Security/Engineering/Research');
  });

  test('a value outside the alphabet is no tag, and named', async () => {
    const { tags, unmappable } = mapSessionTags(await certificateOf('O=Example, CN=Build Agent (blue\\, left)'));
    expect(Object.keys(tags)).not.toContain('x509Subject/CN');
    expect(unmappable).toEqual([{ certificateField: 'x509Subject', specifier: 'CN', problem: expect.stringContaining('"(" "," ")"') }]);
  });

  test('a further DNS name outside the alphabet is named by its number, though only the first becomes a tag', async () => {
    const certificate = await certificateOf('CN=a', {
      subjectAltName: [{ type: 'dns', value: 'a.example.com' }, { type: 'dns', value: '*.example.com' }],
    });
    const { tags, unmappable } = mapSessionTags(certificate);
    expect(tags['x509SAN/DNS']).toBe('a.example.com');
    expect(unmappable).toMatchObject([{ certificateField: 'x509SAN', specifier: 'DNS/2' }]);
    expect(mapSessionTags(certificate, [{ certificateField: 'x509SAN', specifiers: ['URI'] }]).unmappable).toEqual([]);
  });

  test('an attribute without a short name goes by its object identifier', async () => {
    expect(mapSessionTags(await certificateOf('1.3.6.1.4.1.99999.1=blue, CN=a')).tags['x509Subject/1.3.6.1.4.1.99999.1']).toBe('blue');
  });
});

describe('attribute mappings', () => {
  const only = (certificateField: AttributeMappingRule['certificateField'], ...specifiers: string[]) => [{ certificateField, specifiers }];

  test('leave out what they do not name', async () => {
    const certificate = await certificateOf('O=Example, CN=onprem01');
    expect(mapSessionTags(certificate, only('x509Subject', 'CN')).tags).toEqual({ 'x509Subject/CN': 'onprem01' });
    expect(mapSessionTags(certificate, []).tags).toEqual({});
  });

  test('cure a value that cannot be a tag by leaving it out', async () => {
    const certificate = await certificateOf('O=Example, CN=Build Agent (blue)');
    expect(mapSessionTags(certificate, only('x509Subject', 'O'))).toEqual({ tags: { 'x509Subject/O': 'Example' }, unmappable: [] });
  });

  test('name an attribute by short name or object identifier', () => {
    expect(isMapped(only('x509Subject', '2.5.4.3'), 'x509Subject', 'CN')).toBe(true);
    expect(isMapped(only('x509SAN', 'Name/2.5.4.3'), 'x509SAN', 'Name/CN')).toBe(true);
    expect(isMapped(only('x509Subject', 'CN'), 'x509Issuer', 'CN')).toBe(false);
    expect(isMapped(only('x509Subject', ''), 'x509Subject', '')).toBe(false);
  });

  test('take Name and Name/ for Name/*', () => {
    for (const specifier of ['Name', 'Name/', 'Name/*']) {
      expect(isMapped(only('x509SAN', specifier), 'x509SAN', 'Name/OU')).toBe(true);
      expect(isMapped(only('x509SAN', specifier), 'x509SAN', 'DNS')).toBe(false);
    }
  });

  test('let everything through by default', () => {
    for (const [field, specifier] of [['x509Subject', 'CN'], ['x509Issuer', '1.2.3'], ['x509SAN', 'DNS'], ['x509SAN', 'URI'], ['x509SAN', 'Name/CN']] as const) {
      expect(isMapped(DEFAULT_ATTRIBUTE_MAPPINGS, field, specifier)).toBe(true);
    }
  });
});

describe('the value of a session tag', () => {
  test.each(['', 'onprem01', 'Größe 1', 'a_b.c:d/e=f+g-h@i', '日本', 'x'.repeat(256)])('may be %j', (value) => {
    expect(tagValueProblem(value)).toBeUndefined();
  });

  test.each(['a(b)', 'a&b', 'a,b', 'it\'s', '*', 'a\tb', 'a\nb', 'a"b', '#', '€'])('may not be %j', (value) => {
    expect(tagValueProblem(value)).toContain('a session tag takes letters, digits');
  });

  test('has at most 256 characters, counted as people count them', () => {
    expect(tagValueProblem('x'.repeat(257))).toContain('257 characters');
    expect(tagValueProblem('𝒳'.repeat(256))).toBeUndefined();
  });

  test('is judged as the documented pattern judges it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
      const documented = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(value) && [...value].length <= 256;
      expect(tagValueProblem(value) === undefined).toBe(documented);
    }), { numRuns: 2000 });
  });
});

describe('source identity and session name', () => {
  test('the source identity is the common name with CN= before it', async () => {
    expect(sourceIdentity(await certificateOf('O=Example, CN=onprem01'))).toBe('CN=onprem01');
  });

  test('the source identity of a long common name goes without the prefix', async () => {
    expect(sourceIdentity(await certificateOf(`CN=${'a'.repeat(61)}`))).toBe(`CN=${'a'.repeat(61)}`);
    expect(sourceIdentity(await certificateOf(`CN=${'a'.repeat(62)}`))).toBe('a'.repeat(62));
  });

  test('the source identity without a common name is the serial number, padded to whole bytes', async () => {
    expect(sourceIdentity(await certificateOf('O=Example', { serialNumber: '0123' }))).toBe('ID=0123');
  });

  test('the session name is the serial number in hexadecimal', async () => {
    expect(defaultRoleSessionName(await certificateOf('CN=a', { serialNumber: '00c0ffee' }))).toBe('c0ffee');
  });
});
