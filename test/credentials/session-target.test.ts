import type { SessionOptions } from '../../src/credentials/create-session-client';
import { sessionTarget } from '../../src/credentials/session-target';
import { ARNS } from '../signer/fake-platform';

describe('where a call goes', () => {
  test.each<[Partial<SessionOptions>, string]>([
    [{}, 'https://rolesanywhere.eu-west-2.amazonaws.com'],
    [{ region: 'eu-west-2' }, 'https://rolesanywhere.eu-west-2.amazonaws.com'],
    [{ dualStack: true }, 'https://rolesanywhere.eu-west-2.api.aws'],
    [{ endpoint: 'http://127.0.0.1:8080/' }, 'http://127.0.0.1:8080'],
  ])('%j', (options, endpoint) => {
    expect(sessionTarget({ ...ARNS, ...options })).toEqual({ endpoint, region: 'eu-west-2' });
  });

  test.each<[Partial<SessionOptions>, string, RegExp]>([
    [{ region: 'us-east-1' }, 'REGION_INVALID', /the Region is us-east-1, and trust anchor and profile are in eu-west-2/],
    [{ fips: true }, 'ENDPOINT_NOT_OFFERED', /no FIPS endpoint in eu-west-2/],
    [{ endpoint: 'https://host/prefix' }, 'ENDPOINT_INVALID', /more than a host/],
    [{ profileArn: ARNS.roleArn }, 'ARN_WRONG_RESOURCE', /names iam role instead of rolesanywhere profile/],
  ])('%j is refused', (options, code, message) => {
    expect(() => sessionTarget({ ...ARNS, ...options })).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
