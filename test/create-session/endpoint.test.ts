import { codeOf } from './code-of';
import { EndpointOptions, parseEndpoint, partitionOfRegion, serviceEndpoint } from '../../src/create-session';

describe('the service\'s endpoint', () => {
  test.each<[string, string, string, string | undefined]>([
    ['aws', 'eu-west-2', 'rolesanywhere.eu-west-2.amazonaws.com', 'rolesanywhere.eu-west-2.api.aws'],
    ['aws', 'us-east-1', 'rolesanywhere.us-east-1.amazonaws.com', 'rolesanywhere.us-east-1.api.aws'],
    ['aws', 'ap-southeast-7', 'rolesanywhere.ap-southeast-7.amazonaws.com', 'rolesanywhere.ap-southeast-7.api.aws'],
    ['aws', 'mx-central-1', 'rolesanywhere.mx-central-1.amazonaws.com', 'rolesanywhere.mx-central-1.api.aws'],
    ['aws-cn', 'cn-north-1', 'rolesanywhere.cn-north-1.amazonaws.com.cn', 'rolesanywhere.cn-north-1.api.amazonwebservices.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'rolesanywhere.us-gov-west-1.amazonaws.com', 'rolesanywhere.us-gov-west-1.api.aws'],
    ['aws-eusc', 'eusc-de-east-1', 'rolesanywhere.eusc-de-east-1.amazonaws.eu', 'rolesanywhere.eusc-de-east-1.api.amazonwebservices.eu'],
    ['aws-iso', 'us-iso-east-1', 'rolesanywhere.us-iso-east-1.c2s.ic.gov', undefined],
    ['aws-iso-b', 'us-isob-east-1', 'rolesanywhere.us-isob-east-1.sc2s.sgov.gov', undefined],
    ['aws-iso-e', 'eu-isoe-west-1', 'rolesanywhere.eu-isoe-west-1.cloud.adc-e.uk', undefined],
    ['aws-iso-f', 'us-isof-south-1', 'rolesanywhere.us-isof-south-1.csp.hci.ic.gov', undefined],
  ])('in %s, %s', (partition, region, host, dualStackHost) => {
    expect(partitionOfRegion(region)).toBe(partition);
    expect(serviceEndpoint({ region })).toBe(`https://${host}`);
    expect(serviceEndpoint({ partition, region })).toBe(`https://${host}`);
    if (dualStackHost) {
      expect(serviceEndpoint({ region, dualStack: true })).toBe(`https://${dualStackHost}`);
    } else {
      expect(codeOf(() => serviceEndpoint({ region, dualStack: true }))).toBe('ENDPOINT_NOT_OFFERED');
    }
  });

  test.each(['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'us-gov-east-1', 'us-gov-west-1'])('has a FIPS variant in %s', (region) => {
    expect(serviceEndpoint({ region, fips: true })).toBe(`https://rolesanywhere-fips.${region}.amazonaws.com`);
    expect(serviceEndpoint({ region, fips: true, dualStack: true })).toBe(`https://rolesanywhere-fips.${region}.api.aws`);
  });

  test.each<[string, EndpointOptions, string]>([
    ['FIPS where it is not offered', { region: 'eu-west-2', fips: true }, 'ENDPOINT_NOT_OFFERED'],
    ['FIPS in China', { region: 'cn-north-1', fips: true }, 'ENDPOINT_NOT_OFFERED'],
    ['a pseudo-Region', { region: 'us-east-1-fips' }, 'REGION_INVALID'],
    ['a zone', { region: 'eu-west-2a' }, 'REGION_INVALID'],
    ['an empty Region', { region: '' }, 'REGION_INVALID'],
    ['a Region that would change the host', { region: 'eu-west-2.example.com/' }, 'REGION_INVALID'],
    ['a Region of another partition', { partition: 'aws', region: 'cn-north-1' }, 'ARN_MISMATCH'],
    ['a partition that does not exist', { partition: 'aws-mars', region: 'eu-west-2' }, 'PARTITION_UNKNOWN'],
  ])('refuses %s', (_, options, code) => {
    expect(codeOf(() => serviceEndpoint(options))).toBe(code);
  });

  test('names the Regions that have FIPS where one has not', () => {
    expect(() => serviceEndpoint({ region: 'eu-west-2', fips: true })).toThrow(/no FIPS endpoint in eu-west-2; there are in us-east-1, us-east-2/);
  });
});

describe('an endpoint given by hand', () => {
  test.each([
    ['https://vpce-1-abc.rolesanywhere.eu-west-2.vpce.amazonaws.com', 'https://vpce-1-abc.rolesanywhere.eu-west-2.vpce.amazonaws.com'],
    ['https://example.com/', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['HTTPS://Example.COM', 'https://example.com'],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toBe(endpoint);
  });

  test.each(['', 'example.com', 'ftp://example.com', 'https://example.com/prefix', 'https://example.com/?a=b', 'https://example.com/#a', 'https://user:pass@example.com', 'http://'])(
    'refuses %j', (text) => {
      expect(codeOf(() => parseEndpoint(text))).toBe('ENDPOINT_INVALID');
    });
});
