import { Aws, aws_iam as iam, CfnParameter, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { RepeatedTokens } from '../../src/private/repeated-tokens';

const stack = new Stack();
const parameter = new CfnParameter(stack, 'Parameter');
const arn = `arn:${Aws.PARTITION}:s3:::${parameter.valueAsString}`;

test.each<[string, unknown]>([
  ['text', 'text'],
  ['text with tokens', arn],
  ['a number and a token of one', [1, Token.asNumber({ Ref: 'Count' })]],
  ['nothing', [undefined, null, { a: undefined, b: null }, {}, []]],
  ['a list that is a token', { List: Token.asList({ Ref: 'List' }) }],
  ['a list with tokens', ['a', arn, Lazy.string({ produce: () => undefined }), Lazy.any({ produce: () => ['b'] })]],
  ['intrinsic functions', { 'Fn::If': ['Condition', Fn.ref('X'), { Ref: 'AWS::NoValue' }] }],
  ['an object that is a token', { a: Lazy.any({ produce: () => ({ b: arn, c: undefined }) }) }],
  ['names that are tokens', { [arn.length > 0 ? Lazy.string({ produce: () => 'name' }) : '']: { a: arn } }],
  ['a policy', new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources: [arn] })] })],
  ['a date', { at: new Date(0) }],
])('%s comes to what the stack makes of it', (_, value) => {
  expect(new RepeatedTokens(stack).resolve(value)).toEqual(stack.resolve(value));
  expect(JSON.stringify(new RepeatedTokens(stack).resolve(value))).toBe(JSON.stringify(stack.resolve(value)));
});

test('any value comes to what the stack makes of it', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(arn, parameter.valueAsString, Aws.REGION, undefined, null));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const tokens = new RepeatedTokens(stack);
  fc.assert(fc.property(value, (each) => {
    expect(tokens.resolve(each)).toEqual(stack.resolve(each));
  }));
});

test('what the stack refuses is refused', () => {
  expect(() => new RepeatedTokens(stack).resolve({ a: () => 1 })).toThrow();
  expect(() => new RepeatedTokens(stack).resolve([stack])).toThrow();
});

test('the stack is asked once for each text with tokens', () => {
  const resolve = jest.spyOn(stack, 'resolve');
  const tokens = new RepeatedTokens(stack);
  for (let i = 0; i < 100; i++) {
    tokens.resolve({ Condition: { ArnEquals: { 'aws:SourceArn': arn }, StringEquals: { name: `host${i}` } } });
  }
  expect(resolve).toHaveBeenCalledTimes(1);
  resolve.mockRestore();
});
