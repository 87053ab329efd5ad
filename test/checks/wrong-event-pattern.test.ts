import { found, TemplateResource } from './check';

const EXPIRY = 'Roles Anywhere Certificate Expiration State Change';
const rule = (EventPattern: unknown): { Rule: TemplateResource } => ({ Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern } } });

test.each([
  ['another source', { 'source': ['rolesanywhere.amazonaws.com'], 'detail-type': [EXPIRY] }, 'source'],
  ['the source of the console', { source: ['aws.roles-anywhere'] }, 'source'],
  ['another source for the type', { 'source': ['aws.iam'], 'detail-type': [EXPIRY] }, 'source'],
  ['another type', { 'source': ['aws.rolesanywhere'], 'detail-type': ['Certificate Expiration'] }, 'detail-type'],
  ['a type in another spelling', { 'detail-type': ['RolesAnywhere Certificate Expiration State Change'] }, 'detail-type'],
  ['calls of another service', { 'detail-type': ['AWS API Call via CloudTrail'], 'detail': { eventSource: ['roles-anywhere.amazonaws.com'] } }, 'detail.eventSource'],
])('finds a pattern for %s', (_, pattern, place) => {
  expect(found('RA502', rule(pattern))).toMatchObject([{ severity: 'error', on: 'Rule', at: `Properties.EventPattern.${place}` }]);
});

test.each([
  ['expiry', { 'source': ['aws.rolesanywhere'], 'detail-type': [EXPIRY], 'resources': [{ Ref: 'Anchor' }] }],
  ['expiry of everything', { 'source': ['aws.rolesanywhere', 'aws.acm'], 'detail-type': [EXPIRY, 'ACM Certificate Approaching Expiration'] }],
  ['calls', { 'source': ['aws.rolesanywhere'], 'detail-type': ['AWS API Call via CloudTrail'], 'detail': { eventSource: ['rolesanywhere.amazonaws.com'] } }],
  ['events of others', { 'source': ['aws.s3'], 'detail-type': ['Object Created'] }],
  ['another kind of filter', { source: [{ prefix: 'aws.roles' }] }],
  ['what only a deployment knows', { Ref: 'Pattern' }],
])('is content with a pattern for %s', (_, pattern) => {
  expect(found('RA502', rule(pattern))).toEqual([]);
});
