import { createHash } from 'crypto';
import fc from 'fast-check';
import { byCodeUnit, canonicalQuery, canonicalRequest, CreateSessionError, encodeRfc3986, formatQuery, parseQuery, sha256Hex } from '../../src/create-session';

const UNICODE = fc.string({ unit: 'grapheme' });

describe('the canonical query', () => {
  test('sorts by encoded name, then by value', () => {
    expect(canonicalQuery('b=2&a=2&a=1&B=0')).toBe('B=0&a=1&a=2&b=2');
  });

  test('encodes everything but unreserved characters, blanks as %20', () => {
    expect(canonicalQuery('x=a+b%20c')).toBe('x=a%20b%20c');
    expect(encodeRfc3986('!\'()*:/ ~-_.')).toBe('%21%27%28%29%2A%3A%2F%20~-_.');
  });

  test('is the same for every way to write the same query', () => {
    expect(canonicalQuery('roleArn=arn:aws:iam::1:role/R')).toBe(canonicalQuery('role%41rn=arn%3aaws%3Aiam%3a%3A1%3Arole%2fR'));
  });

  test('a name without a value, and no query at all', () => {
    expect(canonicalQuery('a')).toBe('a=');
    expect(canonicalQuery('')).toBe('');
  });

  test.each(['%', '%4', '%zz', '%c3', '%ff'])('refuses %s', (query) => {
    expect(() => parseQuery(query)).toThrow(CreateSessionError);
  });

  test('what is written can be read back', () => {
    fc.assert(fc.property(fc.array(fc.tuple(UNICODE, UNICODE)), (parameters) => {
      const read = parseQuery(formatQuery(parameters));
      const sorted = (pairs: ReadonlyArray<readonly [string, string]>) => [...pairs]
        .sort((a, b) => byCodeUnit(encodeRfc3986(a[0]), encodeRfc3986(b[0])) || byCodeUnit(encodeRfc3986(a[1]), encodeRfc3986(b[1])));
      expect(read).toEqual(sorted(parameters));
    }));
  });

  test('is canonical: doing it twice changes nothing, and order does not matter', () => {
    fc.assert(fc.property(fc.array(fc.tuple(UNICODE, UNICODE)), fc.infiniteStream(fc.nat()), (parameters, order) => {
      const canonical = formatQuery(parameters);
      expect(canonicalQuery(canonical)).toBe(canonical);
      const shuffled = parameters.map((pair) => [order.next().value as number, pair] as const).sort(([a], [b]) => a - b).map(([, pair]) => pair);
      expect(formatQuery(shuffled)).toBe(canonical);
    }));
  });

  test('holds only unreserved characters, percent, ampersand and equals', () => {
    fc.assert(fc.property(fc.array(fc.tuple(UNICODE, UNICODE)), (parameters) => {
      expect(formatQuery(parameters)).toMatch(/^[A-Za-z0-9\-_.~%&=]*$/);
    }));
  });
});

describe('headers', () => {
  const input = { method: 'POST', path: '/sessions', query: '', body: new Uint8Array() };
  const EMPTY_HASH = createHash('sha256').digest('hex');

  test('values are trimmed, runs of blanks become one, repeated headers are joined with commas', async () => {
    const canonical = await canonicalRequest({
      ...input, headers: [['X-A', '  a   b  '], ['x-b', '1'], ['X-B', '2']], signedHeaders: ['x-a', 'x-b'],
    });
    expect(canonical).toBe(`POST\n/sessions\n\nx-a:a b\nx-b:1,2\n\nx-a;x-b\n${EMPTY_HASH}`);
  });

  test('only signed headers take part', async () => {
    const canonical = await canonicalRequest({ ...input, headers: [['host', 'h'], ['user-agent', 'u']], signedHeaders: ['host'] });
    expect(canonical).not.toContain('user-agent');
  });

  test('a signed header that was not sent is an error', async () => {
    await expect(canonicalRequest({ ...input, headers: [], signedHeaders: ['host'] })).rejects.toMatchObject({ code: 'MISSING_HEADER' });
  });
});

test('order is by code unit, not by language', () => {
  const names = ['x-amz-x509', 'x-amz-x509-chain', 'x-amz-date', 'host', 'content-type', 'X', '_', 'ä', 'z'];
  expect([...names].sort(byCodeUnit)).toEqual(['X', '_', 'content-type', 'host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain', 'z', 'ä']);
});

test('SHA-256 of text and of bytes', async () => {
  expect(await sha256Hex('{"durationSeconds":3600}')).toBe('1a15f67f6619aa540b13e9a4c37d149fb2c9bdea25d82b73a3878826694dfe27');
  expect(await sha256Hex(new Uint8Array([0xff]))).toBe(createHash('sha256').update(Buffer.from([0xff])).digest('hex'));
});
