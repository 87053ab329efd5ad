import { found, profile, soundPki } from './check';

test.each(['host1.example.com', 'caf\u00e9', '', 'x'.repeat(256)])('finds the name "%s"', (Name) => {
  expect(found('RA602', { Profile: profile({ Name }) })).toMatchObject([{ severity: 'error', on: 'Profile', at: 'Properties.Name' }]);
});

test('is content with the alphabet of the service, and with what only a deployment knows', async () => {
  expect(found('RA602', (await soundPki()).sound)).toEqual([]);
  expect(found('RA602', { Profile: profile({ Name: 'A-host_01 of Example' }), Other: profile({ Name: { 'Fn::Sub': '${AWS::StackName}.hosts' } }) })).toEqual([]);
});
