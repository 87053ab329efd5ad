/** Accounts, regions and partitions of stacks, against the region table of aws-cdk-lib. */
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { partitionNameOf } from '../../src/create-session/partitions';
import { simulatedEnvironment, statedEnvironment, urlSuffixOf } from '../../src/simulator/environment';
import { SimulatorError } from '../../src/simulator/errors';

describe('partitions', () => {
  const regions = RegionInfo.regions.filter(({ partition, domainSuffix }) => partition !== undefined && domainSuffix !== undefined);

  test('agree with aws-cdk-lib for every region it knows', () => {
    expect(regions.length).toBeGreaterThan(30);
    for (const region of regions) {
      expect([region.name, partitionNameOf(region.name)]).toEqual([region.name, region.partition]);
      expect([region.name, urlSuffixOf(partitionNameOf(region.name))]).toEqual([region.name, region.domainSuffix]);
    }
  });

  test.each([
    ['eu-central-1', 'aws', 'amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
    ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
    ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'],
    ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'],
    ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
  ])('%s is in %s, whose names end in %s', (region, partition, suffix) => {
    expect(partitionNameOf(region)).toBe(partition);
    expect(urlSuffixOf(partition)).toBe(suffix);
  });
});

describe('environments', () => {
  const fallback = simulatedEnvironment({ account: '999999999999', region: 'cn-north-1' });

  test('what is not stated is the documented placeholder', () => {
    expect(simulatedEnvironment({})).toEqual({ partition: 'aws', account: '123456789012', region: 'us-east-1' });
  });

  test('a stated environment is taken as it is', () => {
    expect(statedEnvironment({ account: '111122223333', region: 'us-gov-east-1' }, fallback)).toEqual({ partition: 'aws-us-gov', account: '111122223333', region: 'us-gov-east-1' });
  });

  test('what is open gives way one by one', () => {
    expect(statedEnvironment({ region: 'eu-west-1' }, fallback)).toEqual({ partition: 'aws', account: '999999999999', region: 'eu-west-1' });
    expect(statedEnvironment({ account: '111122223333' }, fallback)).toEqual({ partition: 'aws-cn', account: '111122223333', region: 'cn-north-1' });
  });

  test.each([
    [{ account: '1234' }, /twelve digits/],
    [{ account: '12345678901a' }, /twelve digits/],
    [{ region: 'Frankfurt' }, /region/],
    [{ region: '' }, /region/],
    [{ partition: 'azure' }, /aws-us-gov/],
  ])('option %j is refused with the reason', (options, reason) => {
    expect(() => simulatedEnvironment(options)).toThrow(reason);
    expect(() => simulatedEnvironment(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => simulatedEnvironment(options)).toThrow(SimulatorError);
  });
});
