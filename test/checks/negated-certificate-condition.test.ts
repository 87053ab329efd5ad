import { BOUND, found, role, trust } from './check';

const FROM_ANCHOR = { ArnEquals: BOUND.ArnEquals };
const KEY = 'aws:PrincipalTag/x509Subject/CN';

test.each(['StringNotEquals', 'StringNotLike', 'StringEqualsIfExists', 'ForAllValues:StringEquals'])('finds %s on an attribute', (operator) => {
  expect(found('RA107', { Role: role([trust({ ...FROM_ANCHOR, [operator]: { [KEY]: 'retired' } })]) })).toMatchObject([{
    severity: 'error', at: `Properties.AssumeRolePolicyDocument.Statement[0].Condition.${operator}.${KEY}`,
  }]);
});

test.each([
  ['the attribute is required by another operator', [trust({ ...BOUND, StringNotEquals: { [KEY]: 'retired' } })]],
  ['the attribute has to be there', [trust({ ...FROM_ANCHOR, Null: { [KEY]: 'false' }, StringNotEquals: { [KEY]: 'retired' } })]],
  ['it stands in a statement that denies', [trust(), trust({ StringNotEquals: { [KEY]: 'onprem01' } }, { Effect: 'Deny' })]],
  ['it is about something else', [trust({ ...BOUND, StringNotEquals: { 'aws:SourceAccount': '444455556666' } })]],
])('is content where %s', (_, statements) => {
  expect(found('RA107', { Role: role(statements) })).toEqual([]);
});
