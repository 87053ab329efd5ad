import { ANCHOR_ARN, crl, found, soundPki } from './check';

const ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/imported';

test.each([['of the app', ANCHOR_ARN], ['that is imported', ARN]])('finds the third list of a trust anchor %s', async (_, arn) => {
  const { crlPem, sound: { Anchor } } = await soundPki();
  const lists = Object.fromEntries(['First', 'Second', 'Third'].map((id) => [id, crl(crlPem, { TrustAnchorArn: arn })]));
  expect(found('RA406', { Anchor, ...lists })).toMatchObject([{ severity: 'error', on: 'Third', message: expect.stringContaining('First, Second') }]);
});

test('is content with two, with lists of other trust anchors, and with lists that may exclude one another', async () => {
  const { crlPem, sound } = await soundPki();
  const more = { Second: crl(crlPem), Other: crl(crlPem, { TrustAnchorArn: ARN }), Unknown: crl(crlPem, { TrustAnchorArn: { Ref: 'Arn' } }) };
  expect(found('RA406', { ...sound, ...more, Conditional: { ...crl(crlPem), Condition: 'Rotating' } })).toEqual([]);
});
