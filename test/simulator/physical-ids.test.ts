/** Simulated names and ids: stable, in the form the services use, and different wherever the resources are. */
import fc from 'fast-check';
import { PhysicalIdSource, simulatedIamId, simulatedName, simulatedUuid } from '../../src/simulator/physical-ids';

const source: PhysicalIdSource = {
  environment: { partition: 'aws', account: '123456789012', region: 'us-east-1' },
  stackName: 'Prod-Hosts',
  logicalId: 'Anchor1ABCC5F0',
};

const words = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789'), minLength: 1, maxLength: 255 });

test('an id is a UUID of version 4 and the same at every reading', () => {
  expect(simulatedUuid(source)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(simulatedUuid({ ...source })).toBe(simulatedUuid(source));
});

test.each([
  ['logical id', { ...source, logicalId: 'Anchor2' }],
  ['stack', { ...source, stackName: 'Dev-Hosts' }],
  ['account', { ...source, environment: { ...source.environment, account: '111122223333' } }],
  ['region', { ...source, environment: { ...source.environment, region: 'eu-west-1' } }],
])('another %s means another id and another name', (_what, other) => {
  expect(simulatedUuid(other)).not.toBe(simulatedUuid(source));
  expect(simulatedName(other)).not.toBe(simulatedName(source));
});

test('stack name and logical id cannot be shifted into one another', () => {
  expect(simulatedUuid({ ...source, stackName: 'a', logicalId: 'bc' })).not.toBe(simulatedUuid({ ...source, stackName: 'ab', logicalId: 'c' }));
});

test('a short name is stack, logical id and twelve letters or digits', () => {
  expect(simulatedName(source)).toMatch(/^Prod-Hosts-Anchor1ABCC5F0-[0-9A-Z]{12}$/);
});

test('names never exceed the limit, and the shorter part gives its room to the longer', () => {
  fc.assert(fc.property(words, words, (stackName, logicalId) => {
    const name = simulatedName({ ...source, stackName, logicalId });
    expect(name.length).toBeLessThanOrEqual(64);
    if (stackName.length + logicalId.length >= 50) {
      expect(name).toHaveLength(64);
    } else {
      expect(name.startsWith(`${stackName}-${logicalId}-`)).toBe(true);
    }
  }));
});

test('a unique id has its prefix and 21 characters', () => {
  expect(simulatedIamId(source, 'AROA')).toMatch(/^AROA[0-9A-Z]{17}$/);
});
