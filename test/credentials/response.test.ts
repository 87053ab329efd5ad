import { explainServiceMessage, readCredentials, readServiceError, serviceFailure } from '../../src/credentials/response';
import { answer, CREDENTIALS, SUCCESS_BODY } from '../signer/fake-platform';

const NOW = new Date('2026-11-21T10:00:00Z');
const DENIED = { 'x-amzn-errortype': 'AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/', 'x-amzn-requestid': 'a1b2' };

describe('credentials', () => {
  test('come out as the service wrote them', () => {
    expect(readCredentials(answer(201, SUCCESS_BODY))).toEqual({ ...CREDENTIALS, assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/Uploader/0123' });
    expect(readCredentials(answer(201, JSON.stringify({ credentialSet: [{ credentials: CREDENTIALS }] })))).toEqual(CREDENTIALS);
  });

  test.each([
    ['not JSON', '<html>secretAccessKey</html>'],
    ['an empty list', '{"credentialSet":[]}'],
    ['no list', '{"credentialSet":{}}'],
    ['null', 'null'],
    ['a member missing', SUCCESS_BODY.replace('sessionToken', 'token')],
    ['a member empty', SUCCESS_BODY.replace(CREDENTIALS.expiration, '')],
    ['a member that is a number', SUCCESS_BODY.replace(`"${CREDENTIALS.accessKeyId}"`, '7')],
  ])('%s is an error that does not quote the answer', (_, body) => {
    let error: Error | undefined;
    try {
      readCredentials(answer(201, body));
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error).toMatchObject({ code: 'UNEXPECTED_RESPONSE', message: expect.stringContaining('HTTP 201') });
    expect(error!.message).not.toMatch(/ASIA|secret\+|session\+/);
  });
});

describe('type and message of an error', () => {
  test.each([
    ['the header', answer(403, '{"message":"m"}', DENIED), 'AccessDeniedException', 'm'],
    ['code in the body', answer(400, '{"code":"ValidationException","Message":"m"}'), 'ValidationException', 'm'],
    ['__type in the body', answer(400, '{"__type":"com.amazonaws#ValidationException","message":"m"}'), 'ValidationException', 'm'],
    ['nowhere', answer(502, '<html>Bad Gateway</html>'), '', ''],
    ['strange members', answer(400, '{"code":7,"message":{}}'), '', ''],
  ])('from %s', (_, response, type, message) => {
    expect(readServiceError(response)).toMatchObject({ type, message });
  });

  test('line ends and control characters cannot forge lines of a log', () => {
    expect(readServiceError(answer(403, '{"message":"a\\r\\nfake: line\\u001b[31m\\u2028b"}', DENIED)).message).toBe('a fake: line [31m b');
  });
});

describe('failures', () => {
  test.each([[400, 'SERVICE_REFUSED'], [403, 'SERVICE_REFUSED'], [404, 'SERVICE_REFUSED'], [429, 'THROTTLED'], [500, 'SERVICE_FAILED'], [503, 'SERVICE_FAILED'], [302, 'UNEXPECTED_RESPONSE']])(
    'HTTP %i of the service is %s', (status, code) => {
      expect(serviceFailure(answer(status, '', DENIED), NOW).code).toBe(code);
    });

  test.each([[400, 'UNEXPECTED_RESPONSE'], [403, 'UNEXPECTED_RESPONSE'], [404, 'UNEXPECTED_RESPONSE'], [429, 'THROTTLED'], [502, 'SERVICE_FAILED']])(
    'HTTP %i of something in between is %s', (status, code) => {
      const failure = serviceFailure(answer(status, '<html>Blocked by the proxy</html>'), NOW);
      expect(failure.code).toBe(code);
      expect(failure.message).not.toContain('Blocked');
    });

  test('a refusal that the service is known for is one, whoever has taken its type away', () => {
    expect(serviceFailure(answer(403, '{"message":"Certificate revoked"}'), NOW).code).toBe('SERVICE_REFUSED');
  });

  test.each(['ThrottlingException', 'ThrottledException', 'TooManyRequestsException'])('HTTP 400 with %s is throttling', (type) => {
    expect(serviceFailure(answer(400, '{}', { 'x-amzn-errortype': type }), NOW).code).toBe('THROTTLED');
  });

  test('the service\'s words come first, with type, status and request', () => {
    expect(serviceFailure(answer(403, '{"message":"Some new reason"}', DENIED), NOW).message).toBe('AccessDeniedException: Some new reason (HTTP 403, request a1b2)');
  });

  test.each<[string, RegExp]>([
    ['Untrusted signing certificate', /--intermediates/],
    ['Untrusted certificate. Insufficient certificate', /keyUsage digitalSignature/],
    ['Incorrect basic constraints for CA certificate', /CA:TRUE/],
    ['Certificate revoked', /new one issued/],
    ['Trust anchor is disabled', /enable it/],
    ['Profile is disabled', /enable it/],
    ['Invalid or empty profile provided', /lists no role/],
    ['Requested Role isn\'t one of those listed in the Profile', /add the role to the profile/],
    ['Not authorized to set roleSessionName', /acceptRoleSessionName/],
    ['Unable to assume role for arn:aws:iam::1:role/R. Some attributes failed to be mapped into session tags. Issuer: []; SAN: [ DNS/2 ]', /session tags cannot have/],
    ['Unable to assume role for arn:aws:iam::1:role/R', /; most often the trust policy's condition on the certificate .*"cdk-roles-anywhere explain --certificate FILE".*otherwise .*sts:SetSourceIdentity.*aws:SourceArn/],
    ['The requested DurationSeconds exceeds the MaxSessionDuration set for this role', /--session-duration/],
    ['Invalid signature', /changed on its way/],
  ])('%s gets cause and way out', (message, hint) => {
    const failure = serviceFailure(answer(403, JSON.stringify({ message }), DENIED), NOW);
    expect(failure.message).toContain(`AccessDeniedException: ${message} (HTTP 403`);
    expect(failure.message).toMatch(hint);
  });

  test('what the service said and what it means are there for programs, too', () => {
    const failure = serviceFailure(answer(403, '{"message":"Certificate revoked"}', DENIED), NOW);
    expect(failure).toMatchObject({
      code: 'SERVICE_REFUSED', status: 403, service: { type: 'AccessDeniedException', message: 'Certificate revoked', requestId: 'a1b2' }, explanation: explainServiceMessage('Certificate revoked'),
    });
    expect(failure.message).toContain(`; ${failure.explanation!.cause}; ${failure.explanation!.remedy}`);
    expect(serviceFailure(answer(403, '{"message":"Something new"}', DENIED), NOW).explanation).toBeUndefined();
    expect(explainServiceMessage('Something new')).toBeUndefined();
  });

  test('a resource that is not there points to account and Region', () => {
    expect(serviceFailure(answer(404, '{"message":"x"}', { 'x-amzn-errortype': 'ResourceNotFoundException' }), NOW).message).toContain('in this account and Region');
  });

  test('a clock that is off is named, with how much', () => {
    const dated = (date: string) => serviceFailure(answer(403, '{"message":"x"}', { ...DENIED, date }), NOW).message;
    expect(dated('Sat, 21 Nov 2026 09:50:00 GMT')).toContain('this host\'s clock is 600 seconds ahead of the service\'s');
    expect(dated('Sat, 21 Nov 2026 10:10:00 GMT')).toContain('600 seconds behind');
    expect(dated('Sat, 21 Nov 2026 10:01:00 GMT')).not.toContain('clock');
    expect(dated('never')).not.toContain('clock');
  });
});
