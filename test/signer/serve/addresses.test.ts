import fc from 'fast-check';
import { HostNames, isLoopback, listenAddresses, urlHost } from '../../../signer/serve/addresses';

describe('listenAddresses', () => {
  const addresses = (values: readonly string[] | undefined, ipv6 = true) => listenAddresses(values, '--listen', () => ipv6);

  test('127.0.0.1 where nothing is said', () => {
    expect(addresses(undefined)).toEqual(['127.0.0.1']);
  });

  test('localhost is both loopback addresses, where there are two', () => {
    expect(addresses(['localhost'])).toEqual(['127.0.0.1', '::1']);
    expect(addresses(['LOCALHOST', '127.0.0.1', '[::1]'])).toEqual(['127.0.0.1', '::1']);
    expect(addresses(['localhost'], false)).toEqual(['127.0.0.1']);
  });

  test('addresses of either kind', () => {
    expect(addresses(['10.0.0.5', '[FD00::1]', '0.0.0.0', '::'])).toEqual(['10.0.0.5', 'fd00::1', '0.0.0.0', '::']);
  });

  test.each([
    [['example.com'], /--listen takes IP addresses and localhost, not "example\.com"/],
    [['127.0.0.1:9911'], /the port is given with --port/],
    [['9911'], /the port is given with --port/],
    [['300.1.1.1'], /takes IP addresses/],
    [[], /takes 1 to 32 addresses, not 0/],
    [Array.from({ length: 33 }, (_, i) => `10.0.0.${i}`), /takes 1 to 32 addresses, not 33/],
  ])('%j is refused', (values, message) => {
    expect(() => addresses(values)).toThrow(message);
  });
});

test.each([['127.0.0.1', true], ['127.8.9.10', true], ['::1', true], ['::ffff:127.0.0.1', true], ['0.0.0.0', false], ['::', false], ['10.0.0.1', false]])(
  'isLoopback %s is %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });

test('addresses of IPv6 have brackets in URLs', () => {
  expect([urlHost('127.0.0.1'), urlHost('::1')]).toEqual(['127.0.0.1', '[::1]']);
});

describe('HostNames', () => {
  describe('on loopback', () => {
    const names = new HostNames([{ host: '127.0.0.1', port: 9911 }]);

    test.each(['127.0.0.1:9911', 'localhost:9911', 'LocalHost:9911', '[::1]:9911'])('%s is this server', (header) => {
      expect(names.has(header)).toBe(true);
    });

    test.each([
      undefined, '', 'localhost', '127.0.0.1', '127.0.0.1:80', 'evil.example:9911', 'localhost.evil.example:9911', '10.0.0.1:9911', '127.0.0.1:9911, evil',
      '127.0.0.1:9911.evil.example', '169.254.169.254',
    ])('%s is not', (header) => {
      expect(names.has(header)).toBe(false);
    });
  });

  test('port 80 need not be said', () => {
    expect(new HostNames([{ host: '127.0.0.1', port: 80 }]).has('localhost')).toBe(true);
  });

  describe('where other machines come in', () => {
    const names = new HostNames([{ host: '127.0.0.1', port: 9911 }, { host: '0.0.0.0', port: 9911 }]);

    test.each(['10.0.0.5:9911', '172.17.0.1:32768', '10.0.0.5', '[fd00::1]:9911', '[::1]', 'localhost:32768', '127.0.0.1:9911'])('%s may be this server', (header) => {
      expect(names.has(header)).toBe(true);
    });

    test.each(['evil.example', 'evil.example:9911', '10.0.0.5.evil.example', '1.2.3', '[::1', '::1', '[evil]:9911', '10.0.0.5:9911 evil', '999.1.1.1:9911'])('%s is not', (header) => {
      expect(names.has(header)).toBe(false);
    });
  });

  test('before it is known where the server listens, nothing is', () => {
    expect(new HostNames([]).has('127.0.0.1:9911')).toBe(false);
  });

  test('no domain name gets in', () => {
    const all = [new HostNames([{ host: '127.0.0.1', port: 9911 }]), new HostNames([{ host: '::', port: 9911 }])];
    fc.assert(fc.property(fc.domain(), fc.option(fc.integer({ min: 1, max: 65_535 })), (domain, port) => {
      const header = port === null ? domain : `${domain}:${port}`;
      expect(all.some((names) => names.has(header))).toBe(false);
    }));
  });
});
