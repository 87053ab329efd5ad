/** What values of a template come to before a deployment, and what is left to it. */
import fc from 'fast-check';
import { CompositeText, Deferred, joinText, PseudoParameter, Reference, referencesIn } from '../../../src/checks/model/deferred';
import { appOf, CheckOptions, Resources } from '../check';

const RESOURCES: Resources = { Role: { Type: 'AWS::IAM::Role' }, Bucket: { Type: 'AWS::S3::Bucket' } };

function resolve(value: unknown, options: CheckOptions = {}): unknown {
  const app = appOf({ ...RESOURCES, Probe: { Type: 'Custom::Probe', Properties: { Value: value } } }, options);
  return app.templates[0].resources.get('Probe')!.property('Value');
}

/** The parts of a text, with what only a deployment knows by name. */
function parts(value: unknown): unknown[] {
  expect(value).toBeInstanceOf(CompositeText);
  return (value as CompositeText).parts.map((part) => (typeof part === 'string' ? part : nameOf(part)));
}

function nameOf(part: unknown): string {
  if (part instanceof Reference) {
    return `<${part.resource.logicalId}${part.attribute === undefined ? '' : `.${part.attribute}`}>`;
  }
  return part instanceof PseudoParameter ? `<${part.name}>` : '<?>';
}

test.each([
  ['a literal', 'a', 'a'],
  ['Fn::Join of literals', { 'Fn::Join': ['-', ['a', 1, true]] }, 'a-1-true'],
  ['Fn::Sub of literals', { 'Fn::Sub': ['${A}/${!B}', { A: 'a' }] }, 'a/${B}'],
  ['Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
  ['AWS::NoValue in a list', [1, { Ref: 'AWS::NoValue' }, 2], [1, 2]],
  ['AWS::NoValue in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['AWS::NoValue itself', { Ref: 'AWS::NoValue' }, undefined],
  ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: ['b'] } }, '{"a":["b"]}'],
  ['a mapping', { 'Fn::FindInMap': ['Map', 'a', 'b'] }, 'c'],
  ['a key called __proto__', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
])('%s is known', (_, value, expected) => {
  expect(resolve(value, { template: { Mappings: { Map: { a: { b: 'c' } } } } })).toEqual(expected);
});

test('references and pseudo parameters are told apart from text', () => {
  const role = resolve({ 'Fn::GetAtt': ['Role', 'Arn'] });
  expect(nameOf(role)).toBe('<Role.Arn>');
  expect(nameOf(resolve({ 'Fn::GetAtt': 'Role.Arn' }))).toBe('<Role.Arn>');
  expect(nameOf(resolve({ Ref: 'Role' }))).toBe('<Role>');
  expect(nameOf(resolve({ 'Fn::Join': ['', [{ Ref: 'Role' }]] }))).toBe('<Role>');
  expect(parts(resolve({ 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Role}' })))
    .toEqual(['arn:', '<AWS::Partition>', ':iam::', '<AWS::AccountId>', ':role/', '<Role>']);
  expect(parts(resolve({ 'Fn::Join': ['/', [{ 'Fn::Sub': '${Bucket.Arn}' }, { 'Fn::Join': ['', ['a', { Ref: 'Bucket' }, 'b']] }, 'c']] })))
    .toEqual(['<Bucket.Arn>', '/a', '<Bucket>', 'b/c']);
  expect(referencesIn([{ a: role }, resolve({ 'Fn::Sub': '${Bucket}-${Bucket.Arn}' })]).map(nameOf)).toEqual(['<Role.Arn>', '<Bucket>', '<Bucket.Arn>']);
});

test.each([
  ['a parameter, whatever its default', { Ref: 'Parameter' }],
  ['a condition', { 'Fn::If': ['Condition', 'a', 'b'] }],
  ['a value of another service', '{{resolve:secretsmanager:secret}}'],
  ['an export of nobody', { 'Fn::ImportValue': 'nobody' }],
  ['a macro', { 'Fn::Transform': { Name: 'Macro' } }],
  ['what is malformed', { 'Fn::Join': 'a' }],
  ['a mapping by Region', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'b'] }],
  ['text with an object in it', { 'Fn::Join': ['', ['a', { b: 'c' }]] }],
  ['a reference to nothing', { 'Fn::GetAtt': ['Nothing', 'Arn'] }],
])('%s is left to the deployment', (_, value) => {
  expect(resolve(value, { template: { Parameters: { Parameter: { Type: 'String', Default: 'a' } } } })).toBeInstanceOf(Deferred);
});

describe('between stacks', () => {
  const exporter = (name: string) => ({
    Resources: RESOURCES, Outputs: { Out: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] }, Export: { Name: { 'Fn::Sub': name } } } },
  });

  test('exports and outputs are followed', () => {
    const options = { stacks: { Other: exporter('role-arn') } };
    const imported = resolve({ 'Fn::ImportValue': 'role-arn' }, options) as Reference;
    expect([nameOf(imported), imported.resource.template.source.stackName]).toEqual(['<Role.Arn>', 'Other']);
    expect(nameOf(resolve({ 'Fn::GetStackOutput': { StackName: 'Other', OutputName: 'Out' } }, options))).toBe('<Role.Arn>');
    expect(nameOf(resolve({ 'Fn::GetStackOutput': { StackName: 'Other', OutputName: 'Out', Region: 'eu-west-1' } }, options))).toBe('<?>');
  });

  test('an export of several stacks is nobody\'s', () => {
    expect(resolve({ 'Fn::ImportValue': 'role-arn' }, { stacks: { One: exporter('role-arn'), Two: exporter('role-arn') } })).toBeInstanceOf(Deferred);
  });

  test('outputs that lead to one another in a circle are left to the deployment', () => {
    const circle = (from: string, to: string) => ({ Resources: {}, Outputs: { Out: { Value: { 'Fn::ImportValue': to }, Export: { Name: from } } } });
    expect(resolve({ 'Fn::ImportValue': 'a' }, { stacks: { A: circle('a', 'b'), B: circle('b', 'a') } })).toBeInstanceOf(Deferred);
  });
});

describe('templates that are made to hurt', () => {
  test('a text that doubles with each level is given up', () => {
    const doubling = (levels: number): unknown => (levels === 0 ? 'ha' : { 'Fn::Sub': ['${A}${A}${A}${A}', { A: doubling(levels - 1) }] });
    expect(resolve(doubling(5))).toBe('ha'.repeat(4 ** 5));
    expect(resolve(doubling(60))).toBeInstanceOf(Deferred);
  });

  test('values that are nested deeper than any real ones are given up', () => {
    const nested = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => ({ 'Fn::Join': ['', ['a', inner]] }), 'b');
    expect(resolve(nested(50))).toBe(`${'a'.repeat(50)}b`);
    const deep = resolve(nested(400));
    expect(deep).toBeInstanceOf(Deferred);
  });

  test('no value makes it throw', () => {
    const intrinsics = fc.constantFrom('Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::Sub', 'Fn::Select', 'Fn::Split', 'Fn::FindInMap', 'Fn::ImportValue', 'Fn::If');
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.constantFrom('', 'Role', 'Role.Arn', '${Role}', '${A', ',', 'AWS::Region', 'AWS::NoValue'), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.tuple(intrinsics, tie('value')).map(([name, argument]) => ({ [name]: argument })),
        fc.dictionary(fc.constantFrom('A', '__proto__', 'Fn::X'), tie('value'), { maxKeys: 2 }),
      ),
    }));
    fc.assert(fc.property(value, (each) => {
      resolve(each);
    }));
  });
});

test('parts of texts are joined as far as they can be', () => {
  const part = new Deferred('Ref', 'Parameter');
  expect(joinText([])).toBe('');
  expect(joinText(['', part, ''])).toBe(part);
  expect(parts(joinText(['a', joinText(['b', part]), 'c', 'd']))).toEqual(['ab', '<?>', 'cd']);
  expect(joinText(Array.from({ length: 20_000 }, () => part))).not.toBeInstanceOf(CompositeText);
});
