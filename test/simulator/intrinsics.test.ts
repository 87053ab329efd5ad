/** Intrinsic functions, conditions and references, each resolved inside a trust policy as a template would have it. */
import fc from 'fast-check';
import { SimulatorError } from '../../src/simulator/errors';
import { ModelProblem } from '../../src/simulator/model';
import { readTemplate, ReadTemplateOptions } from '../../src/simulator/template';

interface Resolved {
  readonly value: unknown;
  readonly problems: ModelProblem[];
}

const ENVIRONMENT = { account: '111122223333', region: 'eu-central-1', stackName: 'Hosts' };

/** Resolves an expression in the trust policy of a role, in a template with further sections. */
function resolve(expression: unknown, sections: Record<string, unknown> = {}, options: ReadTemplateOptions = {}): Resolved {
  const { Resources: resources = {}, ...others } = sections;
  const model = readTemplate({
    ...others,
    Resources: {
      Probe: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Value: expression } } },
      ...resources as object,
    },
  }, { ...ENVIRONMENT, ...options });
  const probe = model.roles.find(({ logicalId }) => logicalId === 'Probe');
  return { value: (probe?.trustPolicy as { Value: unknown }).Value, problems: model.problems };
}

/** The value, after making sure that nothing was left unresolved. */
function known(expression: unknown, sections?: Record<string, unknown>, options?: ReadTemplateOptions): unknown {
  const { value, problems } = resolve(expression, sections, options);
  expect(problems).toEqual([]);
  return value;
}

/** Makes sure that an expression is refused: a marker in its place, and a problem with this code that names the place. */
function refused(expression: unknown, code: string, reason: RegExp, sections?: Record<string, unknown>, options?: ReadTemplateOptions): void {
  const { value, problems } = resolve(expression, sections, options);
  expect(value).toEqual({ unresolved: expect.stringMatching(reason) });
  expect(problems).toContainEqual({
    code, message: expect.stringMatching(reason), stack: 'Hosts', logicalId: 'Probe', path: 'AssumeRolePolicyDocument.Value',
  });
}

const ref = (name: unknown) => ({ Ref: name });
const sub = (argument: unknown) => ({ 'Fn::Sub': argument });
const join = (delimiter: unknown, list: unknown) => ({ 'Fn::Join': [delimiter, list] });
const getAtt = (...argument: unknown[]) => ({ 'Fn::GetAtt': argument });
const anchor = { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: 'pem' } } } };

describe('pseudo parameters', () => {
  test.each([
    ['AWS::AccountId', '111122223333'],
    ['AWS::Region', 'eu-central-1'],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', 'Hosts'],
    ['AWS::NotificationARNs', []],
  ])('%s', (name, value) => {
    expect(known(ref(name))).toEqual(value);
  });

  test('AWS::StackId is the ARN of the stack', () => {
    expect(known(ref('AWS::StackId'))).toMatch(/^arn:aws:cloudformation:eu-central-1:111122223333:stack\/Hosts\/[0-9a-f-]{36}$/);
  });

  test('partition and suffix follow the region, and the partition can be given', () => {
    const both = sub('${AWS::Partition} ${AWS::URLSuffix}');
    expect(known(both, {}, { region: 'cn-north-1' })).toBe('aws-cn amazonaws.com.cn');
    expect(known(both, {}, { region: 'us-gov-west-1' })).toBe('aws-us-gov amazonaws.com');
    expect(known(both, {}, { partition: 'aws-eusc' })).toBe('aws-eusc amazonaws.eu');
  });

  test('AWS::NoValue takes the property or item away', () => {
    expect(known({ kept: 1, gone: ref('AWS::NoValue'), list: ['a', ref('AWS::NoValue'), 'b'] })).toEqual({ kept: 1, list: ['a', 'b'] });
  });

  test('AWS::NoValue inside a text is refused', () => {
    refused(sub(['${x}', { x: ref('AWS::NoValue') }]), 'NOT_A_TEXT', /AWS::NoValue/);
  });

  test('an unknown pseudo parameter is named', () => {
    refused(ref('AWS::Weather'), 'UNKNOWN_REFERENCE', /AWS::Weather/);
  });
});

describe('Ref and Fn::GetAtt', () => {
  test('of a trust anchor, profile and CRL give the simulated ids that the model has', () => {
    const resources = {
      Anchor: anchor,
      Profile: { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'p', RoleArns: [] } },
      Crl: { Type: 'AWS::RolesAnywhere::CRL', Properties: { Name: 'c', CrlData: 'pem', TrustAnchorArn: getAtt('Anchor', 'TrustAnchorArn') } },
      Probe: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            anchor: [ref('Anchor'), getAtt('Anchor', 'TrustAnchorId'), getAtt('Anchor', 'TrustAnchorArn'), { 'Fn::GetAtt': 'Anchor.TrustAnchorArn' }],
            profile: [ref('Profile'), getAtt('Profile', 'ProfileId'), getAtt('Profile', 'ProfileArn')],
            crl: [ref('Crl'), getAtt('Crl', 'CrlId')],
          },
        },
      },
    };
    const model = readTemplate({ Resources: resources }, ENVIRONMENT);
    const { trustAnchors: [trustAnchor], profiles: [profile], crls: [crl], roles: [role], problems } = model;
    expect(problems).toEqual([]);
    expect(role.trustPolicy).toEqual({
      anchor: [trustAnchor.id, trustAnchor.id, trustAnchor.arn, trustAnchor.arn],
      profile: [profile.id, profile.id, profile.arn],
      crl: [crl.id, crl.id],
    });
    expect(trustAnchor.arn).toBe(`arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/${trustAnchor.id}`);
    expect(profile.arn).toBe(`arn:aws:rolesanywhere:eu-central-1:111122223333:profile/${profile.id}`);
    expect(crl.trustAnchorArn).toBe(trustAnchor.arn);
    expect([trustAnchor.id, profile.id, crl.id]).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f-]{36}$/)));
  });

  test.each([
    ['role by its name and path', { Type: 'AWS::IAM::Role', Properties: { RoleName: 'up', Path: '/hosts/', AssumeRolePolicyDocument: {} } },
      'up', 'arn:aws:iam::111122223333:role/hosts/up'],
    ['user', { Type: 'AWS::IAM::User', Properties: { UserName: 'ada' } }, 'ada', 'arn:aws:iam::111122223333:user/ada'],
    ['OpenID Connect provider', { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: 'https://token.example.com/a' } },
      'arn:aws:iam::111122223333:oidc-provider/token.example.com/a', 'arn:aws:iam::111122223333:oidc-provider/token.example.com/a'],
  ])('of a %s', (_what, definition, name, arn) => {
    expect(known([ref('Other'), getAtt('Other', 'Arn')], { Resources: { Other: definition } })).toEqual([name, arn]);
  });

  test('of a managed policy and a private CA give their ARNs', () => {
    const resources = {
      Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'put-only' } },
      Ca: { Type: 'AWS::ACMPCA::CertificateAuthority', Properties: {} },
    };
    expect(known([ref('Policy'), getAtt('Policy', 'PolicyArn'), ref('Ca')], { Resources: resources })).toEqual([
      'arn:aws:iam::111122223333:policy/put-only', 'arn:aws:iam::111122223333:policy/put-only',
      expect.stringMatching(/^arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority\/[0-9a-f-]{36}$/),
    ]);
  });

  test('the unique id of a role has the form IAM uses', () => {
    expect(known(getAtt('Other', 'RoleId'), { Resources: { Other: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } } } }))
      .toMatch(/^AROA[0-9A-Z]{17}$/);
  });

  test("CDK's resources for computed JSON are computed", () => {
    const resources = {
      Json: { Type: 'Custom::AWSCDKCfnJson', Properties: { Value: sub('{"${AWS::Region}": ["x"]}') } },
      Text: { Type: 'Custom::AWSCDKCfnJsonStringify', Properties: { Value: { region: ref('AWS::Region') } } },
      Broken: { Type: 'Custom::AWSCDKCfnJson', Properties: { Value: '{' } },
    };
    expect(known([getAtt('Json', 'Value'), getAtt('Text', 'Value')], { Resources: resources })).toEqual([{ 'eu-central-1': ['x'] }, '{"region":"eu-central-1"}']);
    refused(getAtt('Broken', 'Value'), 'PROPERTY_INVALID', /not JSON/, { Resources: resources });
  });

  test('of a resource that decisions have nothing to do with is refused in a trust policy', () => {
    const resources = { Bucket: { Type: 'AWS::S3::Bucket' } };
    refused(ref('Bucket'), 'FOREIGN_RESOURCE', /Bucket.*AWS::S3::Bucket/, { Resources: resources });
    refused(join('', ['a', getAtt('Bucket', 'Arn')]), 'FOREIGN_RESOURCE', /'Arn' of Bucket/, { Resources: resources });
  });

  test('of an attribute that a trust anchor does not have is refused', () => {
    refused(getAtt('Anchor', 'constructor'), 'FOREIGN_RESOURCE', /'constructor' of Anchor/, { Resources: { Anchor: anchor } });
  });

  test('of nothing is refused', () => {
    refused(ref('Nobody'), 'UNKNOWN_REFERENCE', /'Nobody' is neither a parameter nor a resource/);
    refused(ref('__proto__'), 'UNKNOWN_REFERENCE', /__proto__/);
    refused(getAtt('Nobody', 'Arn'), 'UNKNOWN_REFERENCE', /Nobody/);
    refused(ref(['Nobody']), 'MALFORMED_INTRINSIC', /Ref must be a name/);
    refused(getAtt('Nobody'), 'MALFORMED_INTRINSIC', /logical id, attribute/);
  });

  test('roles that name each other in a circle are refused, circle and all', () => {
    const named = (other: string) => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: ref(other), AssumeRolePolicyDocument: {} } });
    refused(ref('One'), 'CIRCULAR_REFERENCE', /One.* -> .*Two.* -> .*One/, { Resources: { One: named('Two'), Two: named('One') } });
  });
});

describe('parameters', () => {
  const withParameter = (definition: object) => ({ Parameters: { P: definition } });

  test.each([
    ['text', { Type: 'String', Default: 'x' }, 'x'],
    ['number, as text', { Type: 'Number', Default: 7 }, '7'],
    ['list', { Type: 'CommaDelimitedList', Default: 'a, b' }, ['a', 'b']],
    ['list of numbers', { Type: 'List<Number>', Default: '1,2' }, ['1', '2']],
    ['resource id', { Type: 'AWS::EC2::VPC::Id', Default: 'vpc-1' }, 'vpc-1'],
    ['empty default', { Type: 'String', Default: '' }, ''],
  ])('a %s has its default', (_what, definition, value) => {
    expect(known(ref('P'), withParameter(definition))).toEqual(value);
  });

  test('a value given beats the default, and one given for the stack beats both', () => {
    const sections = withParameter({ Type: 'String', Default: 'default' });
    expect(known(ref('P'), sections, { parameters: { P: 'given' } })).toBe('given');
    expect(known(ref('P'), sections, { parameters: { 'P': 'given', 'Hosts:P': 'for the stack' } })).toBe('for the stack');
  });

  test('without a value it is refused, with what to do', () => {
    refused(ref('P'), 'PARAMETER_WITHOUT_VALUE', /'P' has no default; pass its value in 'parameters'/, withParameter({ Type: 'String' }));
  });

  test('a value outside the allowed ones is refused and not repeated', () => {
    const { value } = resolve(ref('P'), withParameter({ Type: 'String', AllowedValues: ['a'] }), { parameters: { P: 'secret' } });
    expect(value).toEqual({ unresolved: expect.stringMatching(/allowed values/) });
    expect(JSON.stringify(value)).not.toContain('secret');
  });

  test.each(['AWS::SSM::Parameter::Value<String>', 'AWS::SSM::Parameter::Value<List<String>>'])('what %s looks up is not known', (type) => {
    refused(ref('P'), 'SSM_PARAMETER', /Systems Manager \(\/hosts\/name\)/, withParameter({ Type: type, Default: '/hosts/name' }));
  });

  test('what Systems Manager holds can be given', () => {
    expect(known(ref('P'), withParameter({ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/k' }), { parameters: { P: 'held' } })).toBe('held');
    expect(known(ref('P'), withParameter({ Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/k' }), { parameters: { P: 'a,b' } })).toEqual(['a', 'b']);
  });

  test('a value for a parameter that nobody declares is pointed out', () => {
    expect(resolve('x', {}, { parameters: { Typo: '1' } }).problems).toEqual([{ code: 'PARAMETER_NOT_DECLARED', message: expect.stringContaining("'Typo'"), stack: '' }]);
  });
});

describe('Fn::Join', () => {
  test('joins texts, numbers and truth values', () => {
    expect(known(join('-', ['a', 1, true, ref('AWS::Region')]))).toBe('a-1-true-eu-central-1');
  });

  test('joins a list that is itself a function, and leaves AWS::NoValue out', () => {
    expect(known(join('/', { 'Fn::Split': [',', 'a,b'] }))).toBe('a/b');
    expect(known(join(',', ['a', ref('AWS::NoValue')]))).toBe('a');
  });

  test.each([[[]], ['x'], [[',']], [[1, ['a']]], [['', ['a'], 'b']]])('%j is malformed', (argument) => {
    refused({ 'Fn::Join': argument }, 'MALFORMED_INTRINSIC', /Fn::Join must be/);
  });

  test('something that is no text or no list is refused', () => {
    refused(join('', [['nested']]), 'NOT_A_TEXT', /array/);
    refused(join('', [null]), 'NOT_A_TEXT', /null/);
    refused(join('', 'text'), 'NOT_A_LIST', /string/);
  });
});

describe('Fn::Sub', () => {
  test('of a text takes parameters, resources, attributes and pseudo parameters', () => {
    expect(known(sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${P} ${Other} ${Other.Arn}'), {
      Parameters: { P: { Type: 'String', Default: 'x' } },
      Resources: { Other: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'up', AssumeRolePolicyDocument: {} } } },
    })).toBe('arn:aws:iam::111122223333:role/x up arn:aws:iam::111122223333:role/up');
  });

  test('with variables takes them first', () => {
    expect(known(sub(['${P}-${AWS::Region}-${Deep}', { P: 'mine', Deep: join('.', ['a', 'b']) }]), { Parameters: { P: { Type: 'String', Default: 'x' } } }))
      .toBe('mine-eu-central-1-a.b');
  });

  test('a policy variable survives when it is escaped', () => {
    expect(known(sub('${!aws:PrincipalTag/x509Subject/CN}/*'))).toBe('${aws:PrincipalTag/x509Subject/CN}/*');
  });

  test('a policy variable that is not escaped is refused, with the way out', () => {
    refused(sub('${aws:PrincipalTag/x509Subject/CN}/*'), 'UNKNOWN_REFERENCE', /must say \$\{!\.\.\.\}/);
  });

  test('a brace that is never closed is text', () => {
    expect(known(sub('${AWS::Region'))).toBe('${AWS::Region');
  });

  test('names that objects have anyway are no variables', () => {
    refused(sub(['${toString}', {}]), 'UNKNOWN_REFERENCE', /toString/);
  });

  test.each([[7], [['a']], [['a', {}, {}]], [['a', 'b']], [[1, {}]]])('%j is malformed', (argument) => {
    refused(sub(argument), 'MALFORMED_INTRINSIC', /Fn::Sub must be/);
  });
});

describe('Fn::Select and Fn::Split', () => {
  test('take texts apart', () => {
    expect(known({ 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] })).toBe('b');
    expect(known({ 'Fn::Select': ['2', ['a', 'b', 'c']] })).toBe('c');
    expect(known({ 'Fn::Split': [':', ref('AWS::StackName')] })).toEqual(['Hosts']);
  });

  test('an index outside the list is refused', () => {
    refused({ 'Fn::Select': [3, ['a']] }, 'SELECT_OUT_OF_RANGE', /item 3 of a list of 1/);
  });

  test('an item that is not asked for need not be known', () => {
    expect(known({ 'Fn::Select': [0, ['a', ref('Nobody')]] })).toBe('a');
  });

  test.each([[-1], [0.5], ['x'], ['']])('index %j is malformed', (index) => {
    refused({ 'Fn::Select': [index, ['a']] }, 'MALFORMED_INTRINSIC', /index/);
  });

  test('an empty delimiter is malformed', () => {
    refused({ 'Fn::Split': ['', 'abc'] }, 'MALFORMED_INTRINSIC', /delimiter/);
  });
});

describe('Fn::FindInMap', () => {
  const sections = { Mappings: { Env: { 'eu-central-1': { stage: 'prod', list: ['a', 'b'] } } } };
  const find = (...argument: unknown[]) => ({ 'Fn::FindInMap': argument });

  test('finds texts and lists, also by computed keys', () => {
    expect(known(find('Env', ref('AWS::Region'), 'stage'), sections)).toBe('prod');
    expect(known(find('Env', 'eu-central-1', 'list'), sections)).toEqual(['a', 'b']);
  });

  test('without an entry it is refused unless there is a default', () => {
    refused(find('Env', 'eu-west-1', 'stage'), 'NOT_IN_MAPPING', /'Env' has no value at 'eu-west-1' 'stage'/, sections);
    refused(find('Env', 'constructor', 'name'), 'NOT_IN_MAPPING', /constructor/, sections);
    refused(find('Nothing', 'a', 'b'), 'NOT_IN_MAPPING', /Nothing/);
    expect(known(find('Env', 'eu-west-1', 'stage', { DefaultValue: 'dev' }), sections)).toBe('dev');
  });
});

describe('the other functions', () => {
  test('Fn::Base64, Fn::ToJsonString and Fn::Length', () => {
    expect(known({ 'Fn::Base64': 'Zürich' })).toBe(Buffer.from('Zürich').toString('base64'));
    expect(known({ 'Fn::ToJsonString': { a: ref('AWS::Region') } })).toBe('{"a":"eu-central-1"}');
    expect(known({ 'Fn::Length': { 'Fn::Split': [',', 'a,b,c'] } })).toBe(3);
  });

  test.each([
    ['Fn::Transform', 'INTRINSIC_NOT_SUPPORTED', /not supported, because its macro runs in AWS/],
    ['Fn::GetAZs', 'INTRINSIC_NOT_SUPPORTED', /not supported, because/],
    ['Fn::Cidr', 'INTRINSIC_NOT_SUPPORTED', /not supported, because/],
    ['Fn::Equals', 'UNKNOWN_INTRINSIC', /Fn::Equals is no intrinsic function that can be used here/],
    ['Fn::Frobnicate', 'UNKNOWN_INTRINSIC', /Fn::Frobnicate/],
    ['Fn::constructor', 'UNKNOWN_INTRINSIC', /Fn::constructor/],
  ])('%s is refused by name', (name, code, reason) => {
    refused({ [name]: ['a', 'b'] }, code, reason);
  });

  test('a function with other keys beside it is refused', () => {
    refused({ 'Fn::Join': ['', ['a']], 'Other': 1 }, 'MALFORMED_INTRINSIC', /only key/);
  });

  test('Ref with other keys beside it is an ordinary property', () => {
    expect(known({ Ref: 'a', Other: 1 })).toEqual({ Ref: 'a', Other: 1 });
  });

  test('a key called __proto__ stays a key', () => {
    const value = known(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}')) as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each([
    ['written out', '{{resolve:ssm:/hosts/name:1}}'],
    ['put together', join('', ['{{resolve:', 'secretsmanager:x}}'])],
    ['in Fn::Sub', sub('x{{resolve:ssm-secure:${AWS::Region}}}')],
  ])('a dynamic reference %s is refused', (_how, expression) => {
    refused(expression, 'DYNAMIC_REFERENCE', /read from AWS at deployment/);
  });
});

describe('conditions', () => {
  const eq = (left: unknown, right: unknown) => ({ 'Fn::Equals': [left, right] });
  const outcome = (condition: unknown, others: object = {}) => resolve({ 'Fn::If': ['C', 'yes', 'no'] }, { Conditions: { C: condition, ...others } }).value;
  const unknown = eq(ref('Nobody'), 'x');

  test.each([
    ['equal texts', eq('a', 'a'), 'yes'],
    ['texts of other case', eq('a', 'A'), 'no'],
    ['a number and its text', eq(1, '1'), 'yes'],
    ['true and its text', eq(true, 'true'), 'yes'],
    ['pseudo parameters', eq(ref('AWS::Region'), 'eu-central-1'), 'yes'],
    ['equal lists', eq(['a'], { 'Fn::Split': [',', 'a'] }), 'yes'],
    ['other lists', eq(['a'], ['b']), 'no'],
    ['Not', { 'Fn::Not': [eq('a', 'b')] }, 'yes'],
    ['And of true and false', { 'Fn::And': [eq('a', 'a'), eq('a', 'b')] }, 'no'],
    ['And of true', { 'Fn::And': [eq('a', 'a'), eq('b', 'b')] }, 'yes'],
    ['Or of true and false', { 'Fn::Or': [eq('a', 'b'), eq('b', 'b')] }, 'yes'],
    ['Or of false', { 'Fn::Or': [eq('a', 'b'), eq('b', 'a')] }, 'no'],
    ['And with false and an unknown', { 'Fn::And': [unknown, eq('a', 'b')] }, 'no'],
    ['Or with true and an unknown', { 'Fn::Or': [unknown, eq('a', 'a')] }, 'yes'],
  ])('%s', (_what, condition, value) => {
    expect(outcome(condition)).toBe(value);
  });

  test('one condition can name another', () => {
    expect(outcome({ Condition: 'D' }, { D: eq('a', 'a') })).toBe('yes');
  });

  test.each([
    ['an unknown', unknown, /Nobody/],
    ['Not of an unknown', { 'Fn::Not': [unknown] }, /Nobody/],
    ['And of true and an unknown', { 'Fn::And': [eq('a', 'a'), unknown] }, /Nobody/],
    ['Or of false and an unknown', { 'Fn::Or': [eq('a', 'b'), unknown] }, /Nobody/],
    ['a condition that is not there', { Condition: 'Nowhere' }, /no condition 'Nowhere'/],
    ['a text', 'true', /must be one of/],
    ['two functions at once', { ...eq('a', 'a'), 'Fn::Not': [] }, /must be one of/],
    ['an unknown function', { 'Fn::Contains': [['a'], 'a'] }, /Fn::Contains is no condition function/],
    ['Equals of one', { 'Fn::Equals': ['a'] }, /Fn::Equals must be/],
    ['Not of two', { 'Fn::Not': [eq('a', 'a'), eq('a', 'a')] }, /Fn::Not must be/],
    ['And of none', { 'Fn::And': [] }, /Fn::And must be/],
    ['a resource', eq(ref('Probe'), 'x'), /'Probe' is a resource, and conditions are settled before/],
  ])('%s has no outcome, and neither branch is taken', (_what, condition, reason) => {
    expect(outcome(condition)).toEqual({ unresolved: expect.stringMatching(reason) });
  });

  test('conditions in a circle are refused, circle and all', () => {
    expect(outcome({ Condition: 'D' }, { D: { 'Fn::Not': [{ Condition: 'C' }] } }))
      .toEqual({ unresolved: expect.stringMatching(/circular reference: .*condition C -> .*condition D -> .*condition C/) });
  });

  test('a condition that needs itself through Fn::If is refused', () => {
    expect(outcome(eq({ 'Fn::If': ['C', 'a', 'b'] }, 'a'))).toEqual({ unresolved: expect.stringMatching(/circular/) });
  });

  test('the branch that is not taken may be anything', () => {
    expect(known({ 'Fn::If': ['C', ref('Nobody'), 'fine'] }, { Conditions: { C: eq('a', 'b') } })).toBe('fine');
  });

  test('Fn::If can take a property away', () => {
    expect(known({ a: { 'Fn::If': ['C', 'x', ref('AWS::NoValue')] } }, { Conditions: { C: eq('a', 'b') } })).toEqual({});
  });

  test.each([[['C', 'a']], [[1, 'a', 'b']], ['C']])('Fn::If of %j is malformed', (argument) => {
    refused({ 'Fn::If': argument }, 'MALFORMED_INTRINSIC', /Fn::If must be/);
  });

  test('what is not created cannot be referred to', () => {
    const sections = { Conditions: { Never: eq('a', 'b') }, Resources: { Anchor: { ...anchor, Condition: 'Never' } } };
    refused(getAtt('Anchor', 'TrustAnchorArn'), 'RESOURCE_NOT_CREATED', /'Anchor' is not created, because its condition 'Never' is false/, sections);
  });
});

describe('templates made to hurt', () => {
  const nest = (depth: number, wrap: (inner: unknown) => unknown) => {
    let value: unknown = 'x';
    for (let level = 0; level < depth; level += 1) {
      value = wrap(value);
    }
    return value;
  };

  test('nesting of a thousand levels is refused in its place', () => {
    const { problems } = resolve(nest(1000, (inner) => [inner]));
    expect(problems).toEqual([expect.objectContaining({ code: 'NESTING_TOO_DEEP', logicalId: 'Probe' })]);
    refused(nest(1000, (inner) => join('', [inner])), 'NESTING_TOO_DEEP', /200 levels/);
  });

  test('a nesting that overflows the stack is a clear error', () => {
    expect(() => resolve(nest(200_000, (inner) => [inner]))).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });

  test('an object that contains itself is a clear error', () => {
    const circle: Record<string, unknown> = {};
    circle.Resources = circle;
    expect(() => readTemplate(circle)).toThrow(expect.objectContaining({ name: 'SimulatorError', code: 'TEMPLATE_INVALID' }));
  });

  test('a text that doubles itself ends, whether in a refusal or in an error', () => {
    const doubling = (depth: number) => nest(depth, (inner) => sub(['${a}${a}', { a: inner }]));
    const began = Date.now();
    refused(doubling(30), 'VALUE_TOO_LONG', /longer than 1048576/);
    const bomb = Array.from({ length: 200 }, () => doubling(20));
    expect(() => resolve(bomb)).toThrow(expect.objectContaining({ code: 'TEMPLATE_TOO_COMPLEX' }));
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test('a long text of many open braces is read in one go', () => {
    const began = Date.now();
    expect(known(sub('${'.repeat(500_000)))).toHaveLength(1_000_000);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test('a long chain of conditions is refused rather than overflowing the stack', () => {
    const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`C${index}`, { Condition: `C${index + 1}` }]));
    expect(resolve({ 'Fn::If': ['C0', 'a', 'b'] }, { Conditions: chain }).value).toEqual({ unresolved: expect.stringMatching(/200 levels/) });
  });
});

describe('any JSON', () => {
  const names = fc.constantFrom('A', 'B', 'P', 'L', 'S', 'C', 'D', 'M', 'toString', '__proto__', 'constructor', 'AWS::Region', 'AWS::NoValue', 'AWS::X', 'E');
  const scalars = fc.oneof(names, fc.string({ maxLength: 5 }), fc.integer({ min: -2, max: 3 }), fc.boolean(), fc.constant(null),
    fc.constantFrom('${A}', '${A.Arn}${P}', '${!x}', '${', '{{resolve:ssm:x}}', 'a,b'));
  const functions = fc.constantFrom('Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::Sub', 'Fn::Select', 'Fn::Split', 'Fn::If', 'Fn::FindInMap', 'Fn::Base64',
    'Fn::ImportValue', 'Fn::GetStackOutput', 'Fn::ToJsonString', 'Fn::Length', 'Fn::Transform', 'Fn::Equals', 'Fn::And', 'Fn::Or', 'Fn::Not', 'Condition', 'Fn::X');
  const { value: values } = fc.letrec<{ value: unknown; call: unknown; list: unknown; object: unknown }>((tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalars, tie('call'), tie('list'), tie('object')),
    call: fc.tuple(functions, fc.oneof(tie('value'), tie('list'))).map(([name, argument]) => ({ [name]: argument })),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(fc.oneof(names, functions, fc.constantFrom('StackName', 'OutputName', 'DefaultValue')), tie('value'), { maxKeys: 3 }),
  }));
  const types = fc.constantFrom('AWS::IAM::Role', 'AWS::RolesAnywhere::TrustAnchor', 'AWS::RolesAnywhere::Profile', 'AWS::RolesAnywhere::CRL',
    'AWS::CloudFormation::Stack', 'Custom::CrossRegionExportReader', 'Custom::CrossRegionExportWriter', 'Custom::AWSCDKCfnJson', 'AWS::S3::Bucket');
  const properties = fc.dictionary(fc.constantFrom('AssumeRolePolicyDocument', 'RoleName', 'Path', 'MaxSessionDuration', 'Name', 'Source', 'Enabled', 'RoleArns',
    'DurationSeconds', 'SessionPolicy', 'AttributeMappings', 'CrlData', 'TrustAnchorArn', 'TemplateURL', 'Parameters', 'Value', 'WriterProps'), values, { maxKeys: 4 });
  const resources = fc.dictionary(names, fc.record({ Type: types, Properties: properties, Condition: names }, { requiredKeys: ['Type', 'Properties'] }), { maxKeys: 4 });
  const small = { maxKeys: 2 };
  const templates = fc.record({
    Resources: resources,
    Parameters: fc.dictionary(names, fc.record({ Type: fc.constantFrom('String', 'CommaDelimitedList', 'AWS::SSM::Parameter::Value<String>'), Default: values }), small),
    Conditions: fc.dictionary(names, values, small),
    Mappings: fc.dictionary(names, fc.dictionary(names, fc.dictionary(names, values, small), small), small),
    Outputs: fc.dictionary(names, fc.record({ Value: values, Export: fc.record({ Name: values }) }, { requiredKeys: ['Value'] }), small),
  }, { requiredKeys: ['Resources'] });

  /** Whether an intrinsic function was left standing. */
  function holdsFunction(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) {
      return false;
    }
    const keys = Object.keys(value);
    return keys.some((key) => key.startsWith('Fn::')) || (keys.length === 1 && keys[0] === 'Ref') || Object.values(value).some(holdsFunction);
  }

  /** The model, or the error that the reader is allowed to throw; anything else fails the test. */
  function readOrRefuse(template: unknown): void {
    const began = Date.now();
    try {
      const model = readTemplate(template as object);
      expect(JSON.parse(JSON.stringify(model.problems))).toEqual(model.problems);
      expect(model.problems.filter(({ code, message }) => !/^[A-Z_]+$/.test(code) || message === '')).toEqual([]);
      expect(model.roles.filter(({ trustPolicy }) => holdsFunction(trustPolicy))).toEqual([]);
    } catch (error) {
      if (!(error instanceof SimulatorError)) {
        throw error;
      }
    }
    expect(Date.now() - began).toBeLessThan(5_000);
  }

  test('with intrinsic functions in all the wrong places yields a model or a SimulatorError', () => {
    fc.assert(fc.property(templates, readOrRefuse), { numRuns: 5_000 });
  });

  test('at all yields a model or a SimulatorError', () => {
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), values), readOrRefuse), { numRuns: 1_000 });
  });
});
