// Tests every condition operator: values, missing keys, several values, policy variables, and what is refused by name.
import { type ConditionResult, evaluateTrustPolicy, type TrustDecision } from '../../src/trust-model/policy';

const CN = 'aws:PrincipalTag/x509Subject/CN';
const ANCHOR = 'arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/11111111-1111-1111-1111-111111111111';

type Context = Record<string, string | readonly string[]>;

function decide(condition: unknown, context: Context, options: { effect?: string; version?: string; knownKeys?: string[] } = {}): TrustDecision {
  const scoped = { Effect: options.effect ?? 'Allow', Principal: { Service: 'rolesanywhere.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: condition };
  const open = { Effect: 'Allow', Principal: { Service: 'rolesanywhere.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const statements = options.effect === 'Deny' ? [scoped, open] : [scoped];
  return evaluateTrustPolicy({ Version: options.version ?? '2012-10-17', Statement: statements }, {
    action: 'sts:AssumeRole',
    principalService: 'rolesanywhere.amazonaws.com',
    context,
    ...(options.knownKeys ? { knownKeys: options.knownKeys } : {}),
  });
}

function first(decision: TrustDecision): ConditionResult {
  return decision.statements[0].conditions[0];
}

describe('a condition operator on a value', () => {
  test.each([
    ['StringEquals', 'host-1', 'host-1', true],
    ['StringEquals', 'host-*', 'host-1', false],
    ['StringEquals', 'Host-1', 'host-1', false],
    ['StringNotEquals', 'host-2', 'host-1', true],
    ['StringNotEquals', 'host-1', 'host-1', false],
    ['StringEqualsIgnoreCase', 'HOST-1', 'host-1', true],
    ['StringNotEqualsIgnoreCase', 'HOST-1', 'host-1', false],
    ['StringLike', 'host-?', 'host-1', true],
    ['StringLike', 'HOST-?', 'host-1', false],
    ['StringNotLike', 'host-*', 'host-1', false],
    ['StringNotLike', 'web-*', 'host-1', true],
    ['NumericEquals', '5', '5.0', true],
    ['NumericNotEquals', '5', '5', false],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThanEquals', '10', '10', true],
    ['DateEquals', '2030-01-31T12:00:00Z', '2030-01-31T13:00:00+01:00', true],
    ['DateNotEquals', '2030-01-31', '2030-01-31T00:00:00Z', false],
    ['DateLessThan', '2030-01-31T00:00:00Z', '1700000000', true],
    ['DateLessThanEquals', '2030-01-31', '2030-01-31', true],
    ['DateGreaterThan', '2030-01-31', '2030-02-01', true],
    ['DateGreaterThanEquals', '2030-01-31', '2030-01-30', false],
    ['Bool', 'true', 'true', true],
    ['Bool', 'false', 'true', false],
    ['IpAddress', '203.0.113.0/24', '203.0.113.9', true],
    ['IpAddress', '2001:db8::/32', '2001:db8::9', true],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.9', false],
    ['NotIpAddress', '203.0.113.0/24', '2001:db8::9', true],
    ['ArnEquals', 'arn:aws:rolesanywhere:*:123456789012:trust-anchor/*', ANCHOR, true],
    ['ArnLike', 'arn:aws:rolesanywhere:*:123456789012:trust-anchor/*', ANCHOR, true],
    ['ArnNotEquals', 'arn:aws:rolesanywhere:*:123456789012:trust-anchor/*', ANCHOR, false],
    ['ArnNotLike', 'arn:aws:rolesanywhere:*:999999999999:trust-anchor/*', ANCHOR, true],
    ['ArnLike', 'ARN:aws:rolesanywhere:*:*:*', ANCHOR, false],
    ['ArnLike', 'arn:aws:sns:*:123456789012:topic:sub-*', 'arn:aws:sns:eu-west-1:123456789012:topic:sub-1', true],
    ['ArnLike', 'arn:aws:sns:*:123456789012:topic:sub-*', 'arn:aws:sns:eu-west-1:123456789012:topic', false],
    ['ArnEquals', ANCHOR, ANCHOR, true],
    ['ArnEquals', ANCHOR, `${ANCHOR}:x`, false],
  ])('%s %p on %p: %p', (operator, expected, actual, matched) => {
    const decision = decide({ [operator]: { 'test:Key': expected } }, { 'test:Key': actual });
    expect(decision.allowed).toBe(matched);
    expect(decision.problems).toEqual([]);
    expect(first(decision)).toEqual({ operator, key: 'test:Key', expected: [expected], actual: [actual], matched });
  });

  test('an ARN pattern matches part by part, so a * does not run over a colon before the resource', () => {
    const actual = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt';
    const pattern = 'arn:aws:someservice:*:111122223333:finance/*';
    expect(decide({ StringLike: { 'aws:SourceArn': pattern } }, { 'aws:SourceArn': actual }).allowed).toBe(true);
    expect(decide({ ArnLike: { 'aws:SourceArn': pattern } }, { 'aws:SourceArn': actual }).allowed).toBe(false);
    expect(decide({ ArnLike: { 'aws:SourceArn': 'arn:aws:someservice:*:*:store*document.txt' } }, { 'aws:SourceArn': actual }).allowed).toBe(true);
  });

  test('JSON booleans and integers count as their text', () => {
    expect(decide({ Bool: { 'aws:SecureTransport': true } }, { 'aws:SecureTransport': 'true' }).allowed).toBe(true);
    expect(decide({ StringEquals: { 'aws:SourceAccount': 123456789012 } }, { 'aws:SourceAccount': '123456789012' }).allowed).toBe(true);
    expect(decide({ NumericLessThan: { 'test:Key': 1.5 } }, { 'test:Key': '1.4' }).allowed).toBe(true);
  });
});

describe('how conditions combine', () => {
  const context = { [CN]: 'host-1', 'aws:SourceAccount': '123456789012' };

  test('one of several values must match', () => {
    expect(decide({ StringEquals: { [CN]: ['host-0', 'host-1'] } }, context).allowed).toBe(true);
  });

  test('none of several values may match a negated operator', () => {
    expect(decide({ StringNotEquals: { [CN]: ['host-0', 'host-1'] } }, context).allowed).toBe(false);
    expect(decide({ StringNotEquals: { [CN]: ['host-0', 'host-2'] } }, context).allowed).toBe(true);
  });

  test('all keys of an operator and all operators must match, and each is reported', () => {
    const decision = decide({
      StringEquals: { [CN]: 'host-1', 'aws:SourceAccount': '999999999999' },
      StringLike: { [CN]: 'host-*' },
    }, context);
    expect(decision.verdict).toBe('implicit-deny');
    expect(decision.statements[0].conditions.map((condition) => condition.matched)).toEqual([true, false, true]);
  });

  test('an empty Condition element asks for nothing', () => {
    expect(decide({}, context).allowed).toBe(true);
  });

  test('names of keys are not case-sensitive and are reported in their documented spelling', () => {
    const present = decide({ StringEquals: { 'AWS:principaltag/X509subject/cn': 'host-1' } }, context);
    expect(present.allowed).toBe(true);
    expect(first(present).key).toBe(CN);
    const missing = decide({ StringEquals: { 'AWS:sourcearn': ANCHOR, 'aws:principaltag/x509san/DNS': 'x' } }, context);
    expect(missing.statements[0].conditions.map((condition) => condition.key)).toEqual(['aws:SourceArn', 'aws:PrincipalTag/x509SAN/DNS']);
  });
});

describe('a missing tag', () => {
  test.each([
    'StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ForAnyValue:StringEquals',
  ])('%s is false on it', (operator) => {
    const decision = decide({ [operator]: { [CN]: 'host-1' } }, {});
    expect(decision.verdict).toBe('implicit-deny');
    expect(first(decision)).toEqual({
      operator, key: CN, expected: ['host-1'], actual: undefined, matched: false, detail: `the request has no ${CN}`,
    });
  });

  test.each([
    ['Numeric', 'NumericEquals', '1'], ['Date', 'DateLessThan', '2030-01-31'], ['Bool', 'Bool', 'false'], ['IP', 'IpAddress', '0.0.0.0/0'],
    ['Arn', 'ArnLike', 'arn:*:*:*:*:*'], ['Binary', 'BinaryEquals', 'QQ=='],
  ])('a positive %s operator is false on it', (_family, operator, value) => {
    expect(decide({ [operator]: { 'test:Key': value } }, {}).verdict).toBe('implicit-deny');
  });

  test.each([
    ['StringNotEquals', 'a negated operator'],
    ['StringNotEqualsIgnoreCase', 'a negated operator'],
    ['StringNotLike', 'a negated operator'],
    ['StringEqualsIfExists', 'IfExists'],
    ['StringLikeIfExists', 'IfExists'],
    ['StringNotEqualsIfExists', 'IfExists'],
    ['ForAllValues:StringEquals', 'ForAllValues'],
    ['ForAllValues:StringNotEquals', 'ForAllValues'],
    ['ForAnyValue:StringEqualsIfExists', 'IfExists'],
  ])('%s is true on it and lets any certificate in, and says so', (operator, culprit) => {
    const decision = decide({ [operator]: { [CN]: 'host-1' } }, {});
    expect(decision.verdict).toBe('allowed');
    expect(first(decision)).toMatchObject({ actual: undefined, matched: true, detail: `the request has no ${CN}, and ${culprit} is true on a missing key` });
  });

  test.each([
    ['ArnNotLike', ANCHOR], ['ArnNotEquals', ANCHOR], ['NumericNotEquals', '1'], ['DateNotEquals', '2030-01-31'], ['NotIpAddress', '0.0.0.0/0'],
    ['BoolIfExists', 'true'], ['NumericLessThanIfExists', '1'], ['IpAddressIfExists', '203.0.113.0/24'], ['BinaryEqualsIfExists', 'QQ=='],
  ])('%s is true on it', (operator, value) => {
    expect(decide({ [operator]: { 'test:Key': value } }, {}).allowed).toBe(true);
  });

  test('a Deny with a negated operator applies on it', () => {
    expect(decide({ StringNotEquals: { [CN]: 'host-1' } }, {}, { effect: 'Deny' }).verdict).toBe('explicit-deny');
    expect(decide({ StringNotEqualsIfExists: { [CN]: 'host-1' } }, {}, { effect: 'Deny' }).verdict).toBe('explicit-deny');
  });

  test('a key with an empty list of values is a missing key', () => {
    expect(decide({ StringEquals: { [CN]: '' } }, { [CN]: [] }).allowed).toBe(false);
    expect(first(decide({ StringNotEquals: { [CN]: 'x' } }, { [CN]: [] }))).toMatchObject({ actual: undefined, matched: true });
  });

  test('an empty value is not a missing key', () => {
    expect(decide({ StringEquals: { [CN]: '' } }, { [CN]: '' }).allowed).toBe(true);
    expect(decide({ StringEqualsIfExists: { [CN]: 'host-1' } }, { [CN]: '' }).allowed).toBe(false);
  });
});

describe('Null', () => {
  test.each([
    ['true', {}, true], ['false', {}, false], ['true', { [CN]: 'host-1' }, false], ['false', { [CN]: 'host-1' }, true],
    [true, {}, true], [false, { [CN]: 'host-1' }, true],
  ])('%p on %p: %p', (expected, context, matched) => {
    expect(decide({ Null: { [CN]: expected } }, context as Context).allowed).toBe(matched);
  });

  test('cannot be evaluated on an empty value', () => {
    const decision = decide({ Null: { [CN]: 'false' } }, { [CN]: '' });
    expect(decision.verdict).toBe('cannot-evaluate');
    expect(decision.problems[0]).toContain('empty');
  });
});

describe('a key with several values', () => {
  const KEYS = 'aws:TagKeys';

  test.each([
    ['ForAllValues:StringEquals', ['a', 'b', 'c'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'c'], ['a', 'b'], false],
    ['ForAnyValue:StringEquals', ['b', 'c'], ['a', 'b'], true],
    ['ForAnyValue:StringEquals', ['c'], ['a', 'b'], false],
    ['ForAllValues:StringNotEquals', ['c'], ['a', 'b'], true],
    ['ForAllValues:StringNotEquals', ['b'], ['a', 'b'], false],
    ['ForAnyValue:StringNotEquals', ['b'], ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAllValues:StringLike', ['x509*'], ['x509Subject/CN', 'x509Issuer/CN'], true],
    ['ForAnyValue:NumericLessThan', ['5'], ['9', '4'], true],
    ['ForAllValues:IpAddress', ['10.0.0.0/8'], ['10.0.0.1', '11.0.0.1'], false],
    ['ForAllValues:StringEqualsIfExists', ['a'], ['a', 'b'], false],
  ])('%s %p on %p: %p', (operator, expected, actual, matched) => {
    expect(decide({ [operator]: { [KEYS]: expected } }, { [KEYS]: actual }).allowed).toBe(matched);
  });

  test('an empty text is an empty set to a set qualifier', () => {
    expect(decide({ 'ForAllValues:StringEquals': { [CN]: 'host-1' } }, { [CN]: '' }).allowed).toBe(true);
    expect(decide({ 'ForAnyValue:StringLike': { [CN]: '*' } }, { [CN]: '' }).allowed).toBe(false);
  });

  test('needs a set qualifier', () => {
    const decision = decide({ StringEquals: { [KEYS]: 'a' } }, { [KEYS]: ['a', 'b'] });
    expect(decision.verdict).toBe('cannot-evaluate');
    expect(decision.problems).toEqual([`Statement[0]: StringEquals ${KEYS}: ${KEYS} has several values, which needs ForAllValues or ForAnyValue`]);
  });

  test('a negated ForAnyValue on a missing key is refused, because the documents contradict each other', () => {
    for (const effect of ['Allow', 'Deny']) {
      expect(decide({ 'ForAnyValue:StringNotEquals': { [KEYS]: 'a' } }, {}, { effect }).verdict).toBe('cannot-evaluate');
    }
  });
});

describe('a policy variable in a condition', () => {
  const context = { [CN]: 'host-1', 'sts:SourceIdentity': 'CN=host-1', 'aws:SourceArn': ANCHOR, 'aws:SourceAccount': '123456789012' };

  test.each([
    [{ StringEquals: { 'sts:SourceIdentity': `CN=\${${CN}}` } }, true],
    [{ StringEquals: { 'sts:SourceIdentity': `CN=\${${CN.toUpperCase()}}` } }, true],
    [{ StringLike: { 'sts:SourceIdentity': `*\${${CN}}` } }, true],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:rolesanywhere:*:${aws:SourceAccount}:trust-anchor/*' } }, true],
    [{ ArnEquals: { 'aws:SourceArn': '${aws:SourceArn}' } }, true],
    [{ StringEquals: { 'sts:SourceIdentity': "CN=${aws:PrincipalTag/x509Subject/OU, 'host-1'}" } }, true],
    [{ StringNotEquals: { 'sts:SourceIdentity': `CN=\${${CN}}` } }, false],
  ])('%j: %p', (condition, matched) => {
    expect(decide(condition, context).allowed).toBe(matched);
  });

  test('the report shows the value that was compared', () => {
    expect(first(decide({ StringEquals: { 'sts:SourceIdentity': `CN=\${${CN}}` } }, context)).expected).toEqual(['CN=host-1']);
  });

  test('an escaped wildcard is the character itself', () => {
    expect(decide({ StringLike: { [CN]: 'a${*}' } }, { [CN]: 'a*' }).allowed).toBe(true);
    expect(decide({ StringLike: { [CN]: 'a${*}' } }, { [CN]: 'abc' }).allowed).toBe(false);
    expect(decide({ StringEquals: { [CN]: '${$}{x}' } }, { [CN]: '${x}' }).allowed).toBe(true);
  });

  test('without a value it keeps an Allow from matching, also with a negated operator', () => {
    for (const operator of ['StringEquals', 'StringNotEquals', 'ForAllValues:StringEquals']) {
      const decision = decide({ [operator]: { 'sts:SourceIdentity': '${aws:PrincipalTag/x509Subject/OU}' } }, context);
      expect(decision.verdict).toBe('implicit-deny');
      expect(first(decision).detail).toContain('has no value');
    }
    const keyMissingToo = decide({ StringNotEquals: { 'aws:SourceIp': '${aws:PrincipalTag/x509Subject/OU}' } }, context);
    expect(keyMissingToo.verdict).toBe('implicit-deny');
  });

  test('without a value it does not matter where IfExists has no key to look at', () => {
    expect(decide({ StringEqualsIfExists: { 'test:Key': '${aws:PrincipalTag/x509Subject/OU}' } }, context).allowed).toBe(true);
  });

  test('without a value it leaves a Deny undecided', () => {
    const decision = decide({ StringNotEquals: { 'sts:SourceIdentity': '${aws:PrincipalTag/x509Subject/OU}' } }, context, { effect: 'Deny' });
    expect(decision.verdict).toBe('cannot-evaluate');
    expect(decision.problems[0]).toContain('whether a Deny then still applies is not documented');
  });

  test('is plain text in a policy without Version 2012-10-17, and the report says so', () => {
    const decision = decide({ StringEquals: { [CN]: `\${${CN}}` } }, context, { version: '2008-10-17' });
    expect(decision.verdict).toBe('implicit-deny');
    expect(first(decision).detail).toContain('need Version 2012-10-17');
    expect(decide({ StringEquals: { [CN]: '${a}' } }, { [CN]: '${a}' }, { version: '2008-10-17' }).allowed).toBe(true);
  });

  test('written with a parenthesis for the brace never matches, and the report says so', () => {
    const decision = decide({ StringEquals: { 'sts:SourceIdentity': `CN=$(${CN}}` } }, context);
    expect(decision.verdict).toBe('implicit-deny');
    expect(first(decision).detail).toContain('$( is plain text');
  });

  test('that brings a wildcard of its own is refused', () => {
    const decision = decide({ StringLike: { [CN]: '${aws:UserAgent}' } }, { 'aws:UserAgent': 'host-*', [CN]: 'host-1' });
    expect(decision.verdict).toBe('cannot-evaluate');
    const arnPattern = 'arn:aws:iam::123456789012:role/${aws:UserAgent}';
    expect(decide({ ArnLike: { 'aws:SourceArn': arnPattern } }, { 'aws:UserAgent': '*', 'aws:SourceArn': ANCHOR }).verdict).toBe('cannot-evaluate');
    expect(decide({ StringEquals: { [CN]: '${aws:UserAgent}' } }, { 'aws:UserAgent': 'host-*', [CN]: 'host-1' }).verdict).toBe('implicit-deny');
  });
});

describe('what cannot be evaluated is named and refused, for Allow and Deny', () => {
  test.each<[string, unknown, Context, string]>([
    ['an unknown operator', { StringMatches: { [CN]: 'x' } }, {}, 'none that IAM documents'],
    ['an operator in the wrong case', { stringequals: { [CN]: 'x' } }, {}, 'is spelled StringEquals'],
    ['IfExists in the wrong case', { StringEqualsIfexists: { [CN]: 'x' } }, {}, 'is spelled StringEqualsIfExists'],
    ['a set qualifier in the wrong case', { 'forallvalues:StringLike': { [CN]: 'x' } }, {}, 'is spelled ForAllValues:StringLike'],
    ['NullIfExists', { NullIfExists: { [CN]: 'true' } }, {}, 'Null takes neither'],
    ['a set qualifier on Null', { 'ForAnyValue:Null': { [CN]: 'true' } }, {}, 'Null takes neither'],
    ['an operator without keys', { StringEquals: {} }, {}, 'no condition key'],
    ['an operator with a text', { StringEquals: 'x' }, {}, 'it needs condition keys'],
    ['an operator with a list', { StringEquals: [] }, {}, 'it needs condition keys'],
    ['a Condition that is a list', [], {}, 'not an object of condition operators'],
    ['a Condition that is null', null, {}, 'not an object of condition operators'],
    ['a key without service', { StringEquals: { 'x509Subject/CN': 'x' } }, {}, 'form service:name'],
    ['a tag key without tag', { StringNotEquals: { 'aws:PrincipalTag': 'x' } }, {}, 'name of the tag is missing'],
    ['a variable in a key', { StringEquals: { 'aws:PrincipalTag/${aws:username}': 'x' } }, {}, 'cannot stand in a condition key'],
    ['a key twice in different case', { StringEquals: { 'aws:SourceArn': 'x', 'aws:sourceArn': 'x' } }, {}, 'twice'],
    ['no values', { StringNotEquals: { [CN]: [] } }, {}, 'list of values is empty'],
    ['a null value', { StringEquals: { [CN]: null } }, {}, 'null is not a text'],
    ['an unresolved reference', { StringEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['Anchor', 'TrustAnchorArn'] } } }, {}, 'an unresolved Fn::GetAtt'],
    ['a nested list', { StringEquals: { [CN]: [['x']] } }, {}, 'a list is not a text'],
    ['a number that JSON does not keep', { StringEquals: { [CN]: 12345678901234567890 } }, {}, 'is not a text'],
    ['a fraction as text', { StringEquals: { [CN]: 1.5 } }, {}, '1.5 is not a text'],
    ['an unclosed variable', { StringEquals: { [CN]: '${aws:username' } }, { [CN]: 'x' }, 'does not close it'],
    ['an unknown form of variable', { StringEquals: { [CN]: '${aws:username|x}${}' } }, { [CN]: 'x' }, 'is not a policy variable'],
    ['a variable in a Bool', { Bool: { 'test:Key': '${aws:SecureTransport}' } }, { 'test:Key': 'true' }, 'only the String and Arn operators take'],
    ['a variable in a number', { NumericEquals: { 'test:Key': '${aws:EpochTime}' } }, { 'test:Key': '1' }, 'only the String and Arn operators take'],
    ['a Bool that is neither', { Bool: { 'test:Key': 'yes' } }, { 'test:Key': 'true' }, 'is not true or false'],
    ['a Null that is neither', { Null: { [CN]: 'yes' } }, {}, 'is not true or false'],
    ['a number that is none', { NumericEquals: { 'test:Key': 'five' } }, { 'test:Key': '5' }, 'is not a decimal number'],
    ['a date that is none', { DateLessThan: { 'test:Key': 'tomorrow' } }, { 'test:Key': '1700000000' }, 'is not a date'],
    ['a year that could be seconds', { DateLessThan: { 'test:Key': '2030' } }, { 'test:Key': '1700000000' }, 'is not a date'],
    ['a range that is none', { IpAddress: { 'aws:SourceIp': '203.0.113.*' } }, { 'aws:SourceIp': '203.0.113.1' }, 'range in CIDR form'],
    ['an IPv6 address without prefix', { IpAddress: { 'aws:SourceIp': '2001:db8::1' } }, { 'aws:SourceIp': '2001:db8::1' }, 'needs its prefix length'],
    ['an ARN pattern that is none', { ArnLike: { 'aws:SourceArn': '*' } }, { 'aws:SourceArn': ANCHOR }, 'six parts of an ARN'],
    ['a request value that is no ARN', { ArnNotLike: { 'test:Key': ANCHOR } }, { 'test:Key': 'x' }, 'is not an ARN'],
    ['a request value that is no number', { NumericNotEquals: { 'test:Key': '1' } }, { 'test:Key': 'x' }, 'is not a decimal number'],
    ['a request value that is no date', { DateNotEquals: { 'test:Key': '2030-01-31' } }, { 'test:Key': 'x' }, 'is not a date'],
    ['a request value that is no address', { NotIpAddress: { 'test:Key': '0.0.0.0/0' } }, { 'test:Key': 'x' }, 'is not an IP address'],
    ['a request value that is no boolean', { Bool: { 'test:Key': 'true' } }, { 'test:Key': 'x' }, 'is not true or false'],
    ['bytes', { BinaryEquals: { 'test:Key': 'QQ==' } }, { 'test:Key': 'A' }, 'bytes'],
    ['keys that differ in case only', { StringNotEquals: { [CN]: 'x' } }, { [CN]: 'a', [CN.toLowerCase()]: 'b' }, 'does not tell apart'],
  ])('%s', (_what, condition, context, reason) => {
    for (const effect of ['Allow', 'Deny']) {
      const decision = decide(condition, context, { effect });
      expect(decision.verdict).toBe('cannot-evaluate');
      expect(decision.allowed).toBe(false);
      expect(decision.problems.join('\n')).toContain(reason);
      expect(decision.statements[0].problems.join('\n')).toContain(reason);
      expect(decision.statements[0].matched).toBe(false);
    }
  });

  test('a condition on a key that the caller does not know of is refused, not taken for missing', () => {
    const knownKeys = ['aws:PrincipalTag/*', 'aws:SourceArn'];
    const condition = { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    expect(decide(condition, {}).verdict).toBe('allowed');
    const decision = decide(condition, {}, { knownKeys });
    expect(decision.verdict).toBe('cannot-evaluate');
    expect(decision.problems[0]).toContain('aws:SourceIp');
    expect(decide({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, {}, { knownKeys, effect: 'Deny' }).verdict).toBe('cannot-evaluate');
    expect(decide(condition, { 'aws:SourceIp': '198.51.100.1' }, { knownKeys }).verdict).toBe('allowed');
    expect(decide({ StringNotEquals: { [CN]: 'x' } }, {}, { knownKeys }).verdict).toBe('allowed');
    expect(decide({ StringEquals: { [CN]: '${aws:UserAgent}' } }, { [CN]: 'x' }, { knownKeys }).verdict).toBe('cannot-evaluate');
  });

  test('a doubt does not matter where another condition already fails', () => {
    const condition = { StringEquals: { [CN]: 'host-2' }, NumericEquals: { 'test:Key': 'five' } };
    for (const effect of ['Allow', 'Deny']) {
      const decision = decide(condition, { [CN]: 'host-1', 'test:Key': '5' }, { effect });
      expect(decision.problems).toEqual([]);
      expect(decision.verdict).toBe(effect === 'Allow' ? 'implicit-deny' : 'allowed');
      expect(decision.statements[0].conditions[1]).toMatchObject({ matched: false, detail: expect.stringContaining('five') });
    }
  });
});
