// Tests how numbers, dates and IP addresses in condition values are read, and what is refused.
import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { ipRangeContains, parseDate, parseIpAddress, parseIpRange, parseNumber } from '../../src/trust-model/policy-values';

describe('a number', () => {
  test.each([['0', 0], ['12', 12], ['-3', -3], ['+3', 3], ['1.50', 1.5], ['123456789012', 123456789012]])('%p is read', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  test.each(['', ' 1', '1e3', '0x10', '1.', '.5', 'NaN', 'Infinity', '1,5', '1234567890123456'])('%p is refused', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });
});

describe('a date', () => {
  test.each([
    ['2030-01', '2030-01-01T00:00:00.000Z'],
    ['2030-01-31', '2030-01-31T00:00:00.000Z'],
    ['2030-01-31T12:34Z', '2030-01-31T12:34:00.000Z'],
    ['2030-01-31T12:34:56Z', '2030-01-31T12:34:56.000Z'],
    ['2030-01-31T12:34:56.25+02:00', '2030-01-31T10:34:56.250Z'],
    ['2030-01-31T23:34:56-01:30', '2030-02-01T01:04:56.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
  ])('%p is read', (text, expected) => {
    expect(new Date(parseDate(text)!).toISOString()).toBe(expected);
  });

  test.each([
    '', '2030', '2030-1-1', '2030-13-01', '2030-02-30', '2029-02-29', '2030-01-31T12Z', '2030-01-31T12:34', '2030-01-31T24:00Z',
    '2030-01-31T12:60Z', '2030-01-31T12:34:60Z', '2030-01-31T12:34:56+0200', '2030-01-31T12:34+24:00', '2030-01-31 12:34Z', '31.01.2030',
    '1700000000000', '-5', '0050-01-01', 'tomorrow',
  ])('%p is refused', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  test('reads every moment that a Date can write', () => {
    fc.assert(fc.property(fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true }), (moment) => {
      expect(parseDate(moment.toISOString())).toBe(moment.getTime());
    }));
  });
});

describe('an IP address', () => {
  test('is read exactly when Node takes it for one, zones aside', () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '.', '2', '5'), maxLength: 20 })), (text) => {
      expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0);
    }), { numRuns: 20_000 });
  });

  test.each([
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%p and %p are the same', (one, other) => {
    expect(parseIpAddress(one)).toEqual(parseIpAddress(other));
  });
});

describe('an IP range', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.7', true],
    ['203.0.113.0/24', '203.0.114.7', false],
    ['203.0.113.99/24', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '198.51.100.1', false],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5678::1', true],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
    ['2001:db8::1/128', '2001:db8::1', true],
    ['10.0.0.0/9', '10.127.0.1', true],
    ['10.0.0.0/9', '10.128.0.1', false],
  ])('%p holds %p: %p', (range, address, expected) => {
    expect(ipRangeContains(parseIpRange(range)!, parseIpAddress(address)!)).toBe(expected);
  });

  test.each(['203.0.113.0/33', '203.0.113.0/', '203.0.113.0/08', '203.0.113/24', '203.0.113.0/24/1', '2001:db8::/129', '2001:db8::1', 'x/8', '', '*'])(
    '%p is refused', (text) => {
      expect(parseIpRange(text)).toBeUndefined();
    });
});
