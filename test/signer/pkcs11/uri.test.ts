/** URIs of RFC 7512: what is read, written, refused, and what fits. */
import * as fc from 'fast-check';
import { SignerError } from '../../../signer/errors';
import {
  fitsModule, fitsObject, fitsSlot, fitsToken, formatPkcs11Uri, isPkcs11Uri, parsePkcs11Uri, Pkcs11Uri, selectsToken,
} from '../../../signer/pkcs11/uri';

function thrownBy(text: string): SignerError {
  try {
    parsePkcs11Uri(text);
  } catch (error) {
    expect(error).toBeInstanceOf(SignerError);
    return error as SignerError;
  }
  throw new Error(`${text} was read`);
}

describe('reading', () => {
  test('every attribute', () => {
    expect(parsePkcs11Uri('pkcs11:token=T;manufacturer=Ma;serial=S;model=Mo;library-manufacturer=LM;library-description=LD;library-version=2.6;'
      + 'slot-id=327;slot-description=SD;slot-manufacturer=SM;object=O;type=cert;id=%01%fF%00a?pin-value=1%26%3B2&module-name=opensc&module-path=/usr/lib/a?b'))
      .toEqual({
        token: 'T',
        manufacturer: 'Ma',
        serial: 'S',
        model: 'Mo',
        libraryManufacturer: 'LM',
        libraryDescription: 'LD',
        libraryVersion: '2.6',
        slotId: 327n,
        slotDescription: 'SD',
        slotManufacturer: 'SM',
        object: 'O',
        type: 'cert',
        id: Uint8Array.of(1, 255, 0, 0x61),
        pinValue: '1&;2',
        moduleName: 'opensc',
        modulePath: '/usr/lib/a?b',
      });
  });

  test.each([
    ['pkcs11:', {}],
    ['PKCS11:token=a', { token: 'a' }],
    ['  pkcs11:token=a\n', { token: 'a' }],
    ['pkcs11:token=My Token', { token: 'My Token' }],
    ['pkcs11:token=Zo%C3%AB', { token: 'Zoë' }],
    ['pkcs11:token=Zoë', { token: 'Zoë' }],
    ['pkcs11:token=a=b', { token: 'a=b' }],
    ['pkcs11:token=a;', { token: 'a' }],
    ['pkcs11:object=', { object: '' }],
    ['pkcs11:?pin-source=file:/etc/pin', { pinSource: 'file:/etc/pin' }],
    ['pkcs11:?x-vendor=1&pin-value=', { pinValue: '' }],
  ])('%j', (text, uri) => {
    expect(parsePkcs11Uri(text)).toEqual(uri);
  });

  test.each([
    ['pkcs12:token=a', 'USAGE', 'begins with "pkcs11:"'],
    ['pkcs11:token', 'USAGE', 'not NAME=VALUE'],
    ['pkcs11:=a', 'USAGE', 'not NAME=VALUE'],
    ['pkcs11:token=a;token=a', 'USAGE', 'has the attribute "token" twice'],
    ['pkcs11:?pin-value=1&pin-value=2', 'USAGE', 'has the attribute "pin-value" twice'],
    ['pkcs11:tokn=a', 'USAGE', 'an attribute "tokn", which is not known'],
    ['pkcs11:x-vendor=a', 'USAGE', 'which is not known'],
    ['pkcs11:__proto__=a', 'USAGE', 'which is not known'],
    ['pkcs11:token=a;pin-value=1', 'USAGE', '"pin-value" belongs behind a question mark'],
    ['pkcs11:type=key', 'USAGE', 'one of public, private, cert'],
    ['pkcs11:slot-id=0x1', 'USAGE', 'decimal number'],
    ['pkcs11:library-version=2.x', 'USAGE', 'one number or two'],
    ['pkcs11:token=%4', 'USAGE', 'token of the PKCS#11 URI has a "%" without'],
    ['pkcs11:token=%FF', 'USAGE', 'token of the PKCS#11 URI is not UTF-8'],
    ['pkcs11:?pin-value=1&pin-source=/a', 'USAGE', 'both pin-value and pin-source'],
    ['pkcs11:?pin-source=|cat', 'NOT_SUPPORTED', 'none is run for a PIN'],
  ])('%j is refused', (text, code, message) => {
    expect(thrownBy(text)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('whatever it is given, it is an error of ours that does not show the PIN', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^(token|id|type|x|=|;|\?|&|%|[0-9]|pin-value=){0,20}$/));
    fc.assert(fc.property(text, (rest) => {
      try {
        parsePkcs11Uri(`pkcs11:${rest}?pin-value=sesame`);
      } catch (error) {
        expect(error).toBeInstanceOf(SignerError);
        expect((error as Error).message).not.toContain('sesame');
      }
    }), { numRuns: 2000 });
  });

  test('a PIN with a character that should have been encoded is not shown', () => {
    expect(thrownBy('pkcs11:?pin-value=one&sesame').message).not.toContain('sesame');
    expect(thrownBy('pkcs11:?pin-value=se%same').message).not.toContain('same');
  });

  test('paths are no URIs', () => {
    expect(['pkcs11:', 'PKCS11:a', '/pkcs11:', 'pkcs11', ''].map(isPkcs11Uri)).toEqual([true, true, false, false, false]);
  });
});

/** Any URI without a PIN. */
const uris: fc.Arbitrary<Pkcs11Uri> = fc.record({
  token: fc.string({ unit: 'binary' }),
  manufacturer: fc.string({ unit: 'grapheme' }),
  serial: fc.string(),
  model: fc.string(),
  libraryManufacturer: fc.string(),
  libraryDescription: fc.string(),
  libraryVersion: fc.tuple(fc.nat(255), fc.nat(255)).map((parts) => parts.join('.')),
  slotId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  slotDescription: fc.string(),
  slotManufacturer: fc.string(),
  object: fc.string({ unit: 'binary' }),
  type: fc.constantFrom('cert', 'private', 'public', 'data', 'secret-key'),
  id: fc.uint8Array(),
  moduleName: fc.string(),
  modulePath: fc.string(),
}, { requiredKeys: [] });

describe('writing', () => {
  test('what is written is read back as it was', () => {
    fc.assert(fc.property(uris, (uri) => {
      const text = formatPkcs11Uri(uri);
      expect(text).toMatch(/^pkcs11:[A-Za-z0-9._~:@%;=?&-]*$/);
      expect(parsePkcs11Uri(text)).toEqual(uri);
    }), { numRuns: 1000 });
  });

  test('the order is that of p11tool, and everything odd is encoded', () => {
    expect(formatPkcs11Uri({ type: 'cert', object: 'a b/ü', id: Uint8Array.of(0x61), token: 'T', serial: '1', model: 'M', manufacturer: 'X;Y', slotId: 3n, modulePath: '/m' }))
      .toBe('pkcs11:model=M;manufacturer=X%3BY;serial=1;token=T;slot-id=3;id=%61;object=a%20b%2F%C3%BC;type=cert?module-path=%2Fm');
  });

  test('neither the PIN nor where it is', () => {
    expect(formatPkcs11Uri(parsePkcs11Uri('pkcs11:token=a?pin-value=1234'))).toBe('pkcs11:token=a');
    expect(formatPkcs11Uri(parsePkcs11Uri('pkcs11:token=a?pin-source=/secret'))).toBe('pkcs11:token=a');
  });
});

describe('fitting', () => {
  const library = { manufacturer: 'LM', description: 'LD', version: { major: 2, minor: 6 } };
  const slot = { id: 5n, description: 'SD', manufacturer: 'SM' };
  const token = { label: 'T', manufacturer: 'M', model: 'Mo', serial: 'S' };
  const object = { label: 'O', id: Uint8Array.of(1, 2) };

  test('what is not there fits everything', () => {
    expect([fitsModule({}, library), fitsSlot({}, slot), fitsToken({}, token), fitsObject({}, object)]).toEqual([true, true, true, true]);
    expect(selectsToken({})).toBe(false);
  });

  test.each<[Pkcs11Uri, boolean]>([
    [{ libraryManufacturer: 'LM', libraryDescription: 'LD', libraryVersion: '2.6' }, true],
    [{ libraryManufacturer: 'lm' }, false],
    [{ libraryDescription: '' }, false],
    [{ libraryVersion: '2.06' }, true],
    [{ libraryVersion: '2' }, false],
    [{ libraryVersion: '3.6' }, false],
  ])('a module: %j is %s', (uri, expected) => {
    expect(fitsModule(uri, library)).toBe(expected);
  });

  test('a version of one number means that nothing follows', () => {
    expect(fitsModule({ libraryVersion: '2' }, { ...library, version: { major: 2, minor: 0 } })).toBe(true);
  });

  test.each<[Pkcs11Uri, boolean]>([
    [{ slotDescription: 'SD', slotManufacturer: 'SM' }, true], [{ slotManufacturer: 'x' }, false], [{ slotDescription: 'x' }, false],
  ])('a slot: %j is %s', (uri, expected) => {
    expect([fitsSlot(uri, slot), selectsToken(uri)]).toEqual([expected, true]);
  });

  test('a slot by its number', () => {
    expect([fitsSlot({ slotId: 5n }, slot), fitsSlot({ slotId: 6n }, slot)]).toEqual([true, false]);
  });

  test.each<[Pkcs11Uri, boolean]>([
    [{ token: 'T', manufacturer: 'M', model: 'Mo', serial: 'S' }, true],
    [{ token: 't' }, false], [{ manufacturer: 'x' }, false], [{ model: 'x' }, false], [{ serial: 'x' }, false],
  ])('a token: %j is %s', (uri, expected) => {
    expect([fitsToken(uri, token), selectsToken(uri)]).toEqual([expected, true]);
  });

  test.each<[Pkcs11Uri, boolean]>([
    [{ object: 'O', id: Uint8Array.of(1, 2), type: 'private' }, true], [{ object: 'x' }, false], [{ id: Uint8Array.of(1) }, false], [{ id: new Uint8Array() }, false],
  ])('an object: %j is %s', (uri, expected) => {
    expect(fitsObject(uri, object)).toBe(expected);
  });
});
