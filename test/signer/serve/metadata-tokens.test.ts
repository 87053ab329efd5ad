import fc from 'fast-check';
import { MetadataTokens, parseTtl } from '../../../signer/serve/metadata-tokens';

describe('parseTtl', () => {
  test.each([
    [undefined, 21_600], ['1', 1], ['21600', 21_600], ['60', 60],
    ['0', undefined], ['21601', undefined], ['', undefined], ['-1', undefined], ['1.5', undefined], ['1e3', undefined], ['0x10', undefined], [' 60', undefined],
    ['999999999999', undefined],
  ])('%s is %s', (header, ttl) => {
    expect(parseTtl(header)).toBe(ttl);
  });

  test('whatever it is, the result is 1 to 21600 or nothing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (header) => {
      const ttl = parseTtl(header);
      expect(ttl === undefined || (ttl >= 1 && ttl <= 21_600 && Number(header) === ttl)).toBe(true);
    }));
  });
});

describe('tokens', () => {
  let elapsed = 0;
  let tokens: MetadataTokens;

  beforeEach(async () => {
    elapsed = 1000;
    tokens = await MetadataTokens.create(() => elapsed);
  });

  test('last as long as they were asked to, to the millisecond, with seconds rounded up', async () => {
    const token = await tokens.issue(60);
    expect(await tokens.remaining(token)).toBe(60);
    elapsed += 1;
    expect(await tokens.remaining(token)).toBe(60);
    elapsed = 61_000 - 1;
    expect(await tokens.remaining(token)).toBe(1);
    elapsed = 61_000;
    expect(await tokens.remaining(token)).toBe(0);
    expect(await tokens.remaining(token)).toBe(0);
  });

  test('answer at once when they have been verified before', async () => {
    const token = await tokens.issue(60);
    expect(tokens.remaining(token)).toBeInstanceOf(Promise);
    await tokens.remaining(token);
    expect(tokens.remaining(token)).toBe(60);
  });

  test('cannot be changed in any place', async () => {
    const token = await tokens.issue(60);
    for (let i = 0; i < token.length; i++) {
      const other = token.substring(0, i) + (token[i] === 'A' ? 'Q' : 'A') + token.substring(i + 1);
      expect(await tokens.remaining(other)).toBe(0);
    }
  });

  test('of another server are not good', async () => {
    const others = await MetadataTokens.create(() => elapsed);
    expect(await tokens.remaining(await others.issue(60))).toBe(0);
  });

  test('whatever else is shown is not good', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.base64String({ minLength: 72, maxLength: 80 })), async (token) => {
      expect(await tokens.remaining(token)).toBe(0);
    }));
  });

  test('3,000 are all different and all good, and what is remembered of 10,000 is bounded', async () => {
    const issued = await Promise.all(Array.from({ length: 3000 }, () => tokens.issue(21_600)));
    expect(new Set(issued).size).toBe(3000);
    for (const token of [...issued, ...issued]) {
      expect(await tokens.remaining(token)).toBe(21_600);
    }
    for (let i = 0; i < 7000; i++) {
      await tokens.remaining(await tokens.issue(21_600));
    }
    expect(tokens.remembered).toBeLessThanOrEqual(1000);
    expect(tokens.issued).toBe(10_000);
    expect(await tokens.remaining(issued[0])).toBe(21_600);
  });
});
