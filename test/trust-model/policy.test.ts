// Tests the decision on a whole trust policy, against the verdicts of independent evaluators and against random policies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { compileTrustPolicy, evaluateTrustPolicy, type PolicyDocumentJson, type TrustDecision, type TrustRequest } from '../../src/trust-model/policy';

const SERVICE = 'rolesanywhere.amazonaws.com';
const ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
const CN = 'aws:PrincipalTag/x509Subject/CN';

interface Vector {
  readonly policy: PolicyDocumentJson;
  readonly context: Record<string, string>;
  readonly expected: Record<string, boolean>;
}

const { cases } = JSON.parse(readFileSync(join(__dirname, '../vectors/trust-policy.json'), 'utf8')) as { cases: Vector[] };

function request(action = 'sts:AssumeRole', context: TrustRequest['context'] = {}): TrustRequest {
  return { action, principalService: SERVICE, context };
}

function allow(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { Effect: 'Allow', Principal: { Service: SERVICE }, Action: ACTIONS, ...overrides };
}

function deny(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return allow({ Effect: 'Deny', ...overrides });
}

function decide(statement: unknown, action?: string, context?: TrustRequest['context']): TrustDecision {
  return evaluateTrustPolicy({ Version: '2012-10-17', Statement: statement }, request(action, context));
}

describe('the verdict of independent evaluators', () => {
  test('is there for 140 policies', () => {
    expect(cases).toHaveLength(140);
  });

  const numbered = cases.map((vector, index) => [index, vector] as const);
  test.each(numbered)('policy %i agrees for each of the three actions', (_index, { policy, context, expected }) => {
    const compiled = compileTrustPolicy(policy);
    for (const action of ACTIONS) {
      const decision = compiled.evaluate(request(action, context));
      expect(decision.allowed).toBe(expected[action]);
      expect(decision.problems).toEqual([]);
      expect(evaluateTrustPolicy(policy, request(action, context))).toEqual(decision);
    }
  });
});

describe('a decision', () => {
  test('is taken for each action by itself', () => {
    const policy = allow({ Action: 'sts:AssumeRole' });
    expect(ACTIONS.map((action) => decide(policy, action).verdict)).toEqual(['allowed', 'implicit-deny', 'implicit-deny']);
  });

  test('is an implicit deny when no statement matches', () => {
    expect(decide(allow({ Principal: { Service: 'ec2.amazonaws.com' } })).verdict).toBe('implicit-deny');
  });

  test('is an explicit deny when a Deny matches beside an Allow', () => {
    const decision = decide([allow(), deny({ Action: 'sts:TagSession', Sid: 'NoTags' })], 'sts:TagSession');
    expect(decision).toMatchObject({ action: 'sts:TagSession', verdict: 'explicit-deny', allowed: false, problems: [] });
    expect(decision.statements[1]).toMatchObject({ index: 1, sid: 'NoTags', effect: 'Deny', matched: true });
    expect(decide([allow(), deny({ Action: 'sts:TagSession' })], 'sts:AssumeRole').verdict).toBe('allowed');
  });

  test('an unconditional statement beside a scoped one lets everyone in', () => {
    const scoped = allow({ Condition: { StringEquals: { [CN]: 'host-1' } } });
    expect(decide([scoped], 'sts:AssumeRole', { [CN]: 'outsider' }).verdict).toBe('implicit-deny');
    expect(decide([scoped, allow()], 'sts:AssumeRole', { [CN]: 'outsider' }).verdict).toBe('allowed');
  });

  test('shows every condition of every statement, also of one for another principal', () => {
    const statement = allow({ Principal: { Service: 'ec2.amazonaws.com' }, Condition: { StringEquals: { [CN]: ['host-1', 'host-2'] } } });
    expect(decide(statement, 'sts:AssumeRole', { [CN]: 'host-3' }).statements).toEqual([{
      index: 0,
      effect: 'Allow',
      principalMatched: false,
      actionMatched: true,
      conditions: [{ operator: 'StringEquals', key: CN, expected: ['host-1', 'host-2'], actual: ['host-3'], matched: false }],
      matched: false,
      problems: [],
    }]);
  });

  test('takes a single statement for a list of one', () => {
    expect(decide(allow()).allowed).toBe(true);
  });

  test('does not see later changes to the policy', () => {
    const statement = allow();
    const compiled = compileTrustPolicy({ Version: '2012-10-17', Statement: [statement] });
    statement.Effect = 'Deny';
    expect(compiled.evaluate(request()).allowed).toBe(true);
  });
});

describe('the principal', () => {
  test.each<[unknown, boolean]>([
    [{ Service: SERVICE }, true],
    [{ Service: ['ec2.amazonaws.com', SERVICE] }, true],
    ['*', true],
    [{ AWS: '*' }, true],
    [{ AWS: ['123456789012', '*'] }, true],
    [{ AWS: '123456789012', Service: SERVICE }, true],
    [{ Service: 'ec2.amazonaws.com' }, false],
    [{ AWS: '123456789012' }, false],
    [{ AWS: 'arn:aws:iam::123456789012:root' }, false],
    [{ AWS: 'AIDAEXAMPLEEXAMPLE123' }, false],
    [{ Federated: 'arn:aws:iam::123456789012:oidc-provider/example.com' }, false],
    [{ Federated: '*' }, false],
    [{ CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' }, false],
  ])('%j names the service: %p', (principal, matched) => {
    expect(decide(allow({ Principal: principal }))).toMatchObject({ allowed: matched, problems: [] });
  });

  test.each<[unknown, boolean]>([
    [{ Service: SERVICE }, false],
    ['*', false],
    [{ AWS: '*' }, false],
    [{ Service: 'ec2.amazonaws.com' }, true],
    [{ AWS: '123456789012' }, true],
  ])('a Deny with NotPrincipal %j denies the service: %p', (principal, denied) => {
    const { Principal: _, ...others } = deny();
    const decision = decide([allow(), { ...others, NotPrincipal: principal }]);
    expect(decision.verdict).toBe(denied ? 'explicit-deny' : 'allowed');
  });

  test('of another spelling of the same service is refused, because it is not documented', () => {
    for (const name of ['rolesanywhere.eu-west-1.amazonaws.com', 'rolesanywhere.amazonaws.com.cn', 'RolesAnywhere.amazonaws.com']) {
      const decision = decide([allow({ Principal: '*' }), deny({ Principal: { Service: name } })]);
      expect(decision.verdict).toBe('cannot-evaluate');
      expect(decision.problems[0]).toContain(`write ${SERVICE}`);
    }
    expect(decide(allow({ Principal: { Service: [SERVICE, 'rolesanywhere.eu-west-1.amazonaws.com'] } })).allowed).toBe(true);
  });
});

describe('the action', () => {
  test.each<[unknown, boolean]>([
    ['sts:AssumeRole', true],
    ['STS:assumerole', true],
    ['sts:*', true],
    ['*', true],
    ['*:*', true],
    ['sts:Assume*', true],
    ['sts:AssumeRol?', true],
    ['sts:AssumeRole?', false],
    ['sts:AssumeRoleWithSAML', false],
    ['s3:GetObject', false],
    [['sts:TagSession', 'sts:AssumeRole'], true],
    [['sts:TagSession'], false],
  ])('%j covers sts:AssumeRole: %p, and NotAction the other way round', (action, matched) => {
    expect(decide(allow({ Action: action }))).toMatchObject({ allowed: matched, problems: [] });
    const { Action: _, ...others } = allow();
    expect(decide({ ...others, NotAction: action })).toMatchObject({ allowed: !matched, problems: [] });
  });
});

describe('a malformed policy is named and refused', () => {
  test.each<[string, unknown, string]>([
    ['null', null, 'the trust policy is null'],
    ['a text', '{}', 'the trust policy is'],
    ['a list', [], 'the trust policy is an empty list'],
    ['no statement', { Version: '2012-10-17' }, 'Statement is nothing'],
    ['an empty list of statements', { Statement: [] }, 'Statement is an empty list'],
    ['a statement that is a text', { Statement: ['x'] }, 'Statement[0]: the statement is "x"'],
    ['a statement that is null', { Statement: [null] }, 'Statement[0]: the statement is null'],
    ['an unresolved statement', { Statement: { 'Fn::If': [] } }, '"Fn::If" is not an element'],
    ['another version', { Version: '2020-01-01', Statement: allow() }, 'Version is "2020-01-01"'],
    ['a version that is a number', { Version: 20121017, Statement: allow() }, 'Version is 20121017'],
    ['an id that is a number', { Id: 1, Statement: allow() }, 'Id is 1'],
    ['an unknown element', { Statement: allow(), Comment: 'x' }, '"Comment" is not an element'],
    ['an element in the wrong case', { Statement: allow({ condition: {} }) }, 'is spelled Condition'],
    ['a Resource', { Statement: allow({ Resource: '*' }) }, 'Resource is not allowed in a trust policy'],
    ['a NotResource', { Statement: allow({ NotResource: '*' }) }, 'NotResource is not allowed'],
    ['no effect', { Statement: allow({ Effect: undefined }) }, 'Effect is nothing'],
    ['an effect in the wrong case', { Statement: allow({ Effect: 'allow' }) }, 'Effect is "allow"'],
    ['no principal', { Statement: { Effect: 'Allow', Action: '*' } }, 'Principal is missing'],
    ['two principals', { Statement: allow({ NotPrincipal: '*' }) }, 'cannot stand together'],
    ['NotPrincipal with Allow', { Statement: { Effect: 'Allow', NotPrincipal: { AWS: '123456789012' }, Action: '*' } }, 'NotPrincipal with Allow'],
    ['an empty principal', { Statement: allow({ Principal: {} }) }, 'Principal is an empty object'],
    ['a principal that is a name', { Statement: allow({ Principal: SERVICE }) }, `Principal is "${SERVICE}"`],
    ['an unknown type of principal', { Statement: allow({ Principal: { Host: 'x' } }) }, 'has the type "Host"'],
    ['an empty list of principals', { Statement: allow({ Principal: { Service: [] } }) }, 'Principal Service is an empty list'],
    ['a principal that is an object', { Statement: allow({ Principal: { Service: { Ref: 'X' } } }) }, 'an unresolved Ref is not a text'],
    ['a wildcard for services', { Statement: allow({ Principal: { Service: '*' } }) }, 'does not take "*" for services'],
    ['a wildcard in a service', { Statement: allow({ Principal: { Service: 'roles*.amazonaws.com' } }) }, 'cannot match part of a principal'],
    ['a wildcard in an ARN', { Statement: allow({ Principal: { AWS: 'arn:aws:iam::123456789012:role/*' } }) }, 'cannot match part of a principal'],
    ['a variable in a principal', { Statement: allow({ Principal: { AWS: '${aws:PrincipalArn}' } }) }, 'a principal cannot hold'],
    ['an account of eleven digits', { Statement: allow({ Principal: { AWS: '12345678901' } }) }, 'is not "*", an account id'],
    ['an empty service', { Statement: allow({ Principal: { Service: '' } }) }, 'is empty'],
    ['no action', { Statement: { Effect: 'Allow', Principal: '*' } }, 'Action is missing'],
    ['two actions', { Statement: allow({ NotAction: 'sts:*' }) }, 'Action and NotAction cannot stand together'],
    ['an empty list of actions', { Statement: allow({ Action: [] }) }, 'Action is an empty list'],
    ['an action without service', { Statement: allow({ Action: 'AssumeRole' }) }, 'Action holds "AssumeRole"'],
    ['an action with a variable', { Statement: allow({ Action: 'sts:${aws:username}' }) }, 'Action holds'],
    ['an action that is a number', { Statement: allow({ Action: 1 }) }, 'Action holds 1'],
    ['a Sid with blanks', { Statement: allow({ Sid: 'let us in' }) }, 'letters and digits only'],
    ['a Sid that is a number', { Statement: allow({ Sid: 1 }) }, 'Sid is 1'],
    ['a Sid twice', { Statement: [allow({ Sid: 'A' }), allow({ Sid: 'A' })] }, 'Statement[1] (Sid "A"): the Sid appears more than once'],
  ])('%s', (_what, policy, reason) => {
    const compiled = compileTrustPolicy(policy as PolicyDocumentJson);
    expect(compiled.malformed.join('\n')).toContain(reason);
    for (const action of ACTIONS) {
      const decision = compiled.evaluate(request(action));
      expect(decision.verdict).toBe('cannot-evaluate');
      expect(decision.allowed).toBe(false);
      expect(decision.problems.join('\n')).toContain(reason);
    }
  });

  test('even where a good statement would allow or deny, because IAM takes no part of a malformed policy', () => {
    const other = allow({ Principal: { Service: 'ec2.amazonaws.com' }, Condition: { Nonsense: { [CN]: 'x' } } });
    expect(decide([allow(), other]).verdict).toBe('cannot-evaluate');
    expect(decide([deny(), other]).verdict).toBe('cannot-evaluate');
  });

  test('cuts a long text short', () => {
    expect(decide(allow({ Action: 'x'.repeat(10_000) })).problems[0].length).toBeLessThan(400);
  });
});

describe('what cannot be evaluated', () => {
  const doubtful = { NumericEquals: { 'test:Key': '5' } };
  const context = { 'test:Key': 'five' };

  test('in a Deny refuses beside any Allow', () => {
    expect(decide([allow(), deny({ Condition: doubtful })], 'sts:AssumeRole', context).verdict).toBe('cannot-evaluate');
  });

  test('in an Allow refuses beside any other Allow', () => {
    expect(decide([allow(), allow({ Condition: doubtful })], 'sts:AssumeRole', context).verdict).toBe('cannot-evaluate');
  });

  test('does not hide a Deny that surely matches', () => {
    const decision = decide([deny(), allow({ Condition: doubtful })], 'sts:AssumeRole', context);
    expect(decision.verdict).toBe('explicit-deny');
    expect(decision.problems).toHaveLength(1);
  });

  test('does not matter in a statement for another principal or action', () => {
    const statements = [allow(), deny({ Principal: { AWS: '123456789012' }, Condition: doubtful }), deny({ Action: 'sts:TagSession', Condition: doubtful })];
    expect(decide(statements, 'sts:AssumeRole', context)).toMatchObject({ verdict: 'allowed', problems: [] });
  });
});

describe('random policies', () => {
  const scalar = fc.oneof(
    fc.string(), fc.constantFrom('*', SERVICE, 'host-1', '${aws:SourceAccount}', '${', '203.0.113.0/24', '5', 'true', '2030-01-31', 'arn:aws:iam::1:x'),
    fc.boolean(), fc.integer(), fc.constant(null),
  );
  const scalars = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
  const operator = fc.oneof(fc.string(), fc.tuple(
    fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom('StringEquals', 'StringNotLike', 'StringLike', 'ArnLike', 'NumericLessThan', 'DateGreaterThan', 'Bool', 'IpAddress', 'Null',
      'BinaryEquals'),
    fc.constantFrom('', 'IfExists'),
  ).map((parts) => parts.join('')));
  const key = fc.oneof(fc.string(), fc.constantFrom(CN, 'aws:SourceArn', 'aws:SourceIp', 'aws:TagKeys', 'AWS:sourceaccount'));
  const block = fc.oneof(fc.anything(), fc.dictionary(key, scalars, { maxKeys: 3 }));
  const condition = fc.oneof(fc.anything(), fc.dictionary(operator, block, { maxKeys: 3 }));
  const principal = fc.oneof(fc.anything(), fc.constantFrom('*', { Service: SERVICE }, { AWS: '*' }), fc.dictionary(fc.string(), scalars));
  const statement = fc.oneof({ weight: 1, arbitrary: fc.anything() }, {
    weight: 5,
    arbitrary: fc.record({
      Sid: scalars,
      Effect: fc.oneof(fc.constantFrom('Allow', 'Deny'), fc.anything()),
      Principal: principal,
      NotPrincipal: principal,
      Action: fc.oneof(fc.constantFrom('sts:AssumeRole', '*', 'sts:*'), scalars, fc.anything()),
      NotAction: scalars,
      Condition: condition,
    }, { requiredKeys: [] }),
  });
  const policy = fc.oneof(fc.anything(), fc.record({
    Version: fc.oneof(fc.constantFrom('2012-10-17', '2008-10-17'), fc.anything()),
    Statement: fc.oneof(statement, fc.array(statement, { maxLength: 3 })),
  }, { requiredKeys: [] }));
  const context = fc.dictionary(key, fc.oneof(fc.string(), fc.constantFrom('host-1', '203.0.113.5', 'true', '5'), fc.array(fc.string(), { maxLength: 3 })));

  test('never throw, and are never allowed with a problem', () => {
    fc.assert(fc.property(policy, context, (document, values) => {
      const decision = evaluateTrustPolicy(document as PolicyDocumentJson, request('sts:AssumeRole', values));
      expect(decision.allowed).toBe(decision.verdict === 'allowed');
      expect(decision.verdict === 'cannot-evaluate' || decision.verdict === 'explicit-deny' || decision.problems.length === 0).toBe(true);
      expect(decision.verdict !== 'cannot-evaluate' || decision.problems.length > 0).toBe(true);
      expect(JSON.parse(JSON.stringify(decision))).toMatchObject({ verdict: decision.verdict });
    }), { numRuns: 5_000 });
  });

  test('a condition that cannot be evaluated is never allowed, as Allow, or as Deny beside an open Allow', () => {
    const undecidable = fc.constantFrom<Record<string, Record<string, unknown>>>(
      { StringMatches: { [CN]: 'x' } }, { StringEquals: { [CN]: '${x' } }, { Bool: { 'test:Bool': 'maybe' } }, { NumericEquals: { [CN]: '1' } },
      { ArnLike: { 'test:Arn': 'x' } }, { BinaryEquals: { [CN]: 'QQ==' } }, { NullIfExists: { [CN]: 'true' } }, { DateEquals: { 'test:Date': '2030' } },
      { IpAddress: { 'test:Ip': '::1' } }, { StringEquals: { [CN]: { Ref: 'X' } } }, { StringEquals: { 'aws:TagKeys': 'a' } },
    );
    // These hold for every request, so that only the doubt decides.
    const holding = fc.constantFrom<Record<string, Record<string, unknown>>>(
      {}, { StringLike: { [CN]: '*' } }, { StringEqualsIgnoreCase: { [CN]: 'HOST-1' } }, { Null: { 'aws:SourceArn': 'true' } }, { StringNotEquals: { [CN]: 'x' } },
    );
    fc.assert(fc.property(undecidable, holding, fc.boolean(), fc.boolean(), (bad, good, isDeny, badFirst) => {
      const mixed = badFirst ? { ...bad, ...good } : { ...good, ...bad };
      const statements = isDeny ? [allow(), deny({ Condition: mixed })] : [allow({ Condition: mixed })];
      const decision = decide(statements, 'sts:AssumeRole', { [CN]: 'host-1', 'aws:TagKeys': ['a', 'b'], 'test:Bool': 'true', 'test:Ip': '::1' });
      expect(decision).toMatchObject({ verdict: 'cannot-evaluate', allowed: false });
      expect(decision.problems.length).toBeGreaterThan(0);
    }));
  });

  test('an added Deny never lets more in, and an added Allow never less', () => {
    const good = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.constantFrom('*', { Service: SERVICE }, { Service: 'ec2.amazonaws.com' }),
      Action: fc.constantFrom('*', 'sts:AssumeRole', 'sts:TagSession'),
      Condition: fc.dictionary(fc.constantFrom('StringEquals', 'StringNotLike', 'StringLikeIfExists', 'ForAnyValue:StringLike'),
        fc.dictionary(fc.constantFrom(CN, 'aws:SourceArn'), fc.constantFrom('host-1', 'host-*', '*', 'x'), { minKeys: 1 })),
    });
    fc.assert(fc.property(fc.array(good, { minLength: 1, maxLength: 4 }), good, fc.constantFrom('host-1', 'host-2', undefined), (statements, added, name) => {
      const values: Record<string, string> = name === undefined ? {} : { [CN]: name };
      const before = decide(statements, 'sts:AssumeRole', values);
      const after = decide([...statements, added], 'sts:AssumeRole', values);
      expect(before.problems).toEqual([]);
      if (added.Effect === 'Deny' && after.allowed) {
        expect(before.allowed).toBe(true);
      }
      if (added.Effect === 'Allow' && before.allowed) {
        expect(after.allowed).toBe(true);
      }
    }), { numRuns: 2_000 });
  });
});

describe('speed', () => {
  test('a thousand roles, three actions each, are decided within 50 ms', () => {
    const policies = Array.from({ length: 1_000 }, (_, index) => compileTrustPolicy({
      Version: '2012-10-17',
      Statement: ['SecOps', 'Engineering'].map((unit) => allow({
        Condition: {
          StringEquals: { [CN]: `host-${index}`, 'aws:PrincipalTag/x509Subject/OU': unit },
          StringLike: { 'aws:PrincipalTag/x509SAN/DNS': `*-${index}.example.com` },
          ArnEquals: { 'aws:SourceArn': 'arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/11111111-1111-1111-1111-111111111111' },
        },
      })),
    }));
    const context = {
      [CN]: 'host-500',
      'aws:PrincipalTag/x509Subject/OU': 'SecOps',
      'aws:PrincipalTag/x509Subject/O': 'Acme',
      'aws:PrincipalTag/x509Issuer/CN': 'Issuing CA 1',
      'aws:PrincipalTag/x509SAN/DNS': 'web-500.example.com',
      'aws:SourceArn': 'arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/11111111-1111-1111-1111-111111111111',
      'aws:SourceAccount': '123456789012',
      'sts:SourceIdentity': 'CN=host-500',
    };
    let fastest = Infinity;
    for (let run = 0; run < 10; run++) {
      const start = process.hrtime.bigint();
      const allowed = policies.filter((policy) => ACTIONS.every((action) => policy.evaluate(request(action, context)).allowed));
      fastest = Math.min(fastest, Number(process.hrtime.bigint() - start) / 1e6);
      expect(allowed).toEqual([policies[500]]);
    }
    expect(fastest).toBeLessThan(50);
  });
});
