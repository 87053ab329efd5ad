import { CfnParameter } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { CertificateCondition, Issuer, Subject, SubjectAlternativeName } from '../src';
import { errorCode, errorOf, newStack } from './support/stack';

const { allOf, anyOf, anyCertificate } = CertificateCondition;

/** Alternatives as `operator key value` lists. */
function alternatives(condition: CertificateCondition): string[][] {
  return condition._alternatives.map((terms) => terms.map(({ operator, key, value }) => `${operator} ${key} ${value}`));
}

describe('a single condition', () => {
  test.each([
    [Subject.commonName('a'), 'StringEquals aws:PrincipalTag/x509Subject/CN a'],
    [Subject.commonNameLike('a*'), 'StringLike aws:PrincipalTag/x509Subject/CN a*'],
    [Subject.organization('a'), 'StringEquals aws:PrincipalTag/x509Subject/O a'],
    [Subject.organizationLike('a?'), 'StringLike aws:PrincipalTag/x509Subject/O a?'],
    [Subject.organizationalUnit('a'), 'StringEquals aws:PrincipalTag/x509Subject/OU a'],
    [Subject.organizationalUnitLike('*/a'), 'StringLike aws:PrincipalTag/x509Subject/OU */a'],
    [Subject.country('AU'), 'StringEquals aws:PrincipalTag/x509Subject/C AU'],
    [Subject.attribute('1.2.3.4', 'a'), 'StringEquals aws:PrincipalTag/x509Subject/1.2.3.4 a'],
    [Subject.attributeLike('UID', 'a*'), 'StringLike aws:PrincipalTag/x509Subject/UID a*'],
    [Issuer.commonName('a b'), 'StringEquals aws:PrincipalTag/x509Issuer/CN a b'],
    [Issuer.commonNameLike('a*'), 'StringLike aws:PrincipalTag/x509Issuer/CN a*'],
    [Issuer.organization('a'), 'StringEquals aws:PrincipalTag/x509Issuer/O a'],
    [Issuer.organizationalUnit('a'), 'StringEquals aws:PrincipalTag/x509Issuer/OU a'],
    [Issuer.attribute('DC', 'a'), 'StringEquals aws:PrincipalTag/x509Issuer/DC a'],
    [Issuer.attributeLike('DC', 'a*'), 'StringLike aws:PrincipalTag/x509Issuer/DC a*'],
    [SubjectAlternativeName.dns('a.example.com'), 'StringEquals aws:PrincipalTag/x509SAN/DNS a.example.com'],
    [SubjectAlternativeName.dnsLike('*.example.com'), 'StringLike aws:PrincipalTag/x509SAN/DNS *.example.com'],
    [SubjectAlternativeName.uri('spiffe://example.com/a'), 'StringEquals aws:PrincipalTag/x509SAN/URI spiffe://example.com/a'],
    [SubjectAlternativeName.uriLike('spiffe://example.com/*'), 'StringLike aws:PrincipalTag/x509SAN/URI spiffe://example.com/*'],
    [SubjectAlternativeName.directoryName('CN', 'a'), 'StringEquals aws:PrincipalTag/x509SAN/Name/CN a'],
    [SubjectAlternativeName.directoryNameLike('CN', 'a*'), 'StringLike aws:PrincipalTag/x509SAN/Name/CN a*'],
  ])('%# has the documented key', (condition, expected) => {
    expect(alternatives(condition)).toEqual([[expected]]);
  });

  test('on an attribute that occurs several times has the values joined with "/" in certificate order', () => {
    expect(alternatives(Subject.attributeValues('OU', ['Security', 'Engineering']))).toEqual([
      ['StringEquals aws:PrincipalTag/x509Subject/OU Security/Engineering'],
    ]);
  });

  test.each(['Acme (Australia)', 'a&b', 'a,b', "O'Brien", 'a*b', 'tab\tstop', '${aws:username}', 'a"b'])(
    'refuses the literal %j, which no session tag can hold, and points to attribute mappings', (value) => {
      const error = errorOf(() => Subject.organization(value));
      expect(error.code).toBe('INVALID_CONDITION');
      expect(error.message).toContain('attribute mappings');
    });

  test('points to the "...Like" form where an exact value has a wildcard', () => {
    expect(errorOf(() => Subject.commonName('host-*')).message).toContain('...Like');
  });

  test('takes letters and digits of any script, and 256 characters but not 257', () => {
    expect(() => Subject.organization('Škoda Østfold 東京 ٣')).not.toThrow();
    expect(() => Subject.commonName('x'.repeat(256))).not.toThrow();
    expect(errorCode(() => Subject.commonName('x'.repeat(257)))).toBe('INVALID_CONDITION');
  });

  test('refuses an empty literal', () => {
    expect(errorCode(() => Subject.commonName(''))).toBe('INVALID_CONDITION');
  });

  test.each(['', 'C N', 'CN}', '1', '1.', 'x509Subject/CN'])('refuses %j as attribute type', (type) => {
    expect(errorCode(() => Subject.attribute(type, 'a'))).toBe('INVALID_CONDITION');
  });

  test('refuses an attribute of a directory name in subject and issuer, where it could never match', () => {
    expect(errorOf(() => Subject.attribute('Name/CN', 'a')).message).toContain('"x509Subject/Name/CN" names no attribute');
    expect(errorCode(() => Issuer.attributeLike('Name/CN', 'a*'))).toBe('INVALID_CONDITION');
    expect(errorCode(() => SubjectAlternativeName.directoryName('Name/CN', 'a'))).toBe('INVALID_CONDITION');
  });

  test.each([['2.5.4.3', 'CN'], ['cn', 'CN'], ['emailaddress', 'emailAddress'], ['2.5.4.97', 'organizationIdentifier'], ['1.2.3', '1.2.3']])(
    'on %s has the key that session tags have, %s', (type, spelling) => {
      expect(alternatives(Subject.attribute(type, 'a'))).toEqual([[`StringEquals aws:PrincipalTag/x509Subject/${spelling} a`]]);
    });

  test('lets tokens pass as values', () => {
    const value = new CfnParameter(newStack(), 'HostName').valueAsString;
    expect(alternatives(Subject.commonName(value))[0][0]).toContain(value);
  });
});

describe('allOf', () => {
  test('joins terms in one alternative and drops repetitions', () => {
    expect(alternatives(allOf(Subject.commonName('a'), Subject.country('AU'), Subject.commonName('a')))).toEqual([
      ['StringEquals aws:PrincipalTag/x509Subject/CN a', 'StringEquals aws:PrincipalTag/x509Subject/C AU'],
    ]);
  });

  test('multiplies out alternatives, leaving out those that contradict themselves', () => {
    const ab = anyOf(Subject.commonName('a'), Subject.commonName('b'));
    expect(alternatives(allOf(ab, anyOf(Subject.commonName('a'), Subject.country('AU'))))).toEqual([
      ['StringEquals aws:PrincipalTag/x509Subject/CN a'],
      ['StringEquals aws:PrincipalTag/x509Subject/CN a', 'StringEquals aws:PrincipalTag/x509Subject/C AU'],
      ['StringEquals aws:PrincipalTag/x509Subject/CN b', 'StringEquals aws:PrincipalTag/x509Subject/C AU'],
    ]);
  });

  test('refuses what can never hold', () => {
    expect(errorCode(() => allOf(Subject.commonName('a'), Subject.commonName('b')))).toBe('CONTRADICTORY_CONDITION');
  });

  test('keeps an exact value and a pattern on one attribute side by side, but not two patterns', () => {
    expect(alternatives(allOf(Subject.commonName('ab'), Subject.commonNameLike('a*')))[0]).toHaveLength(2);
    expect(errorCode(() => allOf(Subject.commonNameLike('a*'), Subject.commonNameLike('*b')))).toBe('INVALID_CONDITION');
  });

  test('of nothing is an error, as an empty list of hosts must not let everybody in', () => {
    expect(errorCode(() => allOf())).toBe('INVALID_CONDITION');
  });

  test('with anyCertificate adds nothing', () => {
    expect(alternatives(allOf(anyCertificate(), Subject.country('AU')))).toEqual([['StringEquals aws:PrincipalTag/x509Subject/C AU']]);
  });

  test('refuses more alternatives than a trust policy could hold before multiplying them out', () => {
    const many = (type: string) => anyOf(...Array.from({ length: 40 }, (_, i) => Subject.attribute(type, `v${i}`)));
    expect(errorCode(() => allOf(many('CN'), many('OU'), many('O'), many('L'), many('ST')))).toBe('TOO_MANY_ALTERNATIVES');
    expect(errorCode(() => anyOf(many('CN'), many('OU')))).toBe('TOO_MANY_ALTERNATIVES');
  });
});

test('compiled alternatives decide as the condition tree does', () => {
  type Tree = { all: Tree[] } | { any: Tree[] } | { type: string; value: string };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.record({ type: fc.constantFrom('CN', 'OU', 'O'), value: fc.constantFrom('x', 'y') }),
      fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 2 }) }),
      fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 2 }) }),
    ),
  }));
  const build = (node: Tree): CertificateCondition => ('all' in node
    ? allOf(...node.all.map(build))
    : 'any' in node ? anyOf(...node.any.map(build)) : Subject.attribute(node.type, node.value));
  const holds = (node: Tree, subject: Record<string, string>): boolean => ('all' in node
    ? node.all.every((child) => holds(child, subject))
    : 'any' in node ? node.any.some((child) => holds(child, subject)) : subject[node.type] === node.value);
  const subjects = ['x', 'y', 'z'].flatMap((CN) => ['x', 'y', 'z'].flatMap((OU) => ['x', 'y'].map((O) => ({ CN, OU, O }))));

  fc.assert(fc.property(tree, (node) => {
    let compiled: CertificateCondition['_alternatives'];
    try {
      compiled = build(node)._alternatives;
    } catch (error) {
      // A subtree that can never hold is refused, as documented, and so is an explosion.
      return ['CONTRADICTORY_CONDITION', 'TOO_MANY_ALTERNATIVES'].includes((error as { code: string }).code);
    }
    return subjects.every((subject: Record<string, string>) => holds(node, subject)
      === compiled.some((terms) => terms.every(({ key, value }) => subject[key.split('/')[2]] === value)));
  }), { numRuns: 500 });
});
