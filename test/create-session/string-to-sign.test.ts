import fc from 'fast-check';
import { formatAmzDate, formatScope, parseAmzDate, stringToSign } from '../../src/create-session';

test('dates are written in UTC without punctuation and without milliseconds', () => {
  expect(formatAmzDate(new Date('2026-11-20T23:22:50.987Z'))).toBe('20261120T232250Z');
});

test('dates are read back to the second', () => {
  fc.assert(fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
    expect(parseAmzDate(formatAmzDate(date)).getTime()).toBe(Math.floor(date.getTime() / 1000) * 1000);
  }));
});

test.each(['', '20261120', '2026-11-20T23:22:50Z', '20261320T232250Z', '20260230T000000Z', '20261120T240000Z', '20261120T232260Z', '20261120T232250', '20261120T232250Z '])(
  '%j is no date', (text) => {
    expect(() => parseAmzDate(text)).toThrow(expect.objectContaining({ code: 'BAD_DATE' }));
  });

test('the scope and the string to sign', async () => {
  const scope = { day: '20261120', region: 'eu-west-2' };
  expect(formatScope(scope)).toBe('20261120/eu-west-2/rolesanywhere/aws4_request');
  expect(await stringToSign('AWS4-X509-RSA-SHA256', '20261120T232250Z', scope, '')).toBe([
    'AWS4-X509-RSA-SHA256', '20261120T232250Z', '20261120/eu-west-2/rolesanywhere/aws4_request',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ].join('\n'));
});
