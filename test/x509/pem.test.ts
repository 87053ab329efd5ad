/** What the PEM reader takes, what it refuses, and that it never repeats what it read. */
import { randomBytes } from 'crypto';
import * as fc from 'fast-check';
import { thrownBy, faultOf } from './thrown';
import { decodeBase64, encodeBase64, encodePem, isPrivateKeyLabel, looksLikeDer, readPem } from '../../src/x509';

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);
const PEM = encodePem('CERTIFICATE', BYTES);
const BODY = PEM.split('\n').slice(1, -2).join('\n');

/** Labels and contents of all blocks. */
function blocksOf(input: string | Uint8Array): Array<[string, string]> {
  return readPem(input).map(({ label, der }) => [label, Buffer.from(der).toString('hex')]);
}

const ONE_BLOCK = [['CERTIFICATE', Buffer.from(BYTES).toString('hex')]];

describe('one block', () => {
  test.each([
    ['as encodePem writes it', PEM],
    ['with CRLF line ends', PEM.replace(/\n/g, '\r\n')],
    ['with CR line ends', PEM.replace(/\n/g, '\r')],
    ['without a final line end', PEM.trimEnd()],
    ['with blanks at line ends', PEM.replace(/\n/g, ' \t\n')],
    ['with empty lines around and inside', `\n\n${PEM.replace(/\n/g, '\n\n')}\n`],
    ['with an indented body', PEM.replace(/\n(?!-)/g, '\n    ')],
    ['with the body on one line', PEM.replace(BODY, BODY.replace(/\n/g, ''))],
    ['with a byte order mark', `\ufeff${PEM}`],
    ['with text around it', `Bag Attributes\n    friendlyName: x\nsubject=CN = host\n${PEM}trailing words\n`],
    ['with prose that mentions a BEGIN line', `Paste it from -----BEGIN CERTIFICATE----- on.\n${PEM}`],
    ['with rules of dashes around it', `----------\n${PEM}-----\n`],
    ['with the text that openssl x509 -text writes', `Certificate:\n    Data:\n        Version: 3 (0x2)\n${PEM}`],
  ])('%s is read, from a string and from bytes', (_, text) => {
    expect(blocksOf(text)).toEqual(ONE_BLOCK);
    expect(blocksOf(Buffer.from(text, 'utf8'))).toEqual(ONE_BLOCK);
  });

  test('text in another encoding around it does no harm, and the offset counts octets', () => {
    const before = Buffer.from([0x80, 0x9f, 0xff, 0x0a]);
    const [block] = readPem(Buffer.concat([before, Buffer.from(PEM)]));
    expect([block.label, block.offset, Buffer.from(block.der)]).toEqual(['CERTIFICATE', 4, Buffer.from(BYTES)]);
  });

  test('an empty body is an empty block', () => {
    expect(blocksOf('-----BEGIN X-----\n-----END X-----\n')).toEqual([['X', '']]);
  });
});

describe('several blocks', () => {
  test('all of them are read in order, whatever their labels, with their offsets', () => {
    const key = encodePem('PRIVATE KEY', BYTES);
    const text = `${PEM}\n# a comment\n${key}${PEM}`;
    expect(readPem(text).map(({ label, offset }) => [label, offset])).toEqual([
      ['CERTIFICATE', 0], ['PRIVATE KEY', text.indexOf('-----BEGIN PRIVATE')], ['CERTIFICATE', text.lastIndexOf('-----BEGIN')],
    ]);
  });

  test('byte order marks in the middle, as concatenated files have them, do no harm', () => {
    expect(blocksOf(`\ufeff${PEM}\ufeff${PEM}`)).toHaveLength(2);
    expect(blocksOf(Buffer.from(`\ufeff${PEM}\ufeff${PEM}`, 'utf8'))).toHaveLength(2);
  });

  test('files joined without a line end between them are refused rather than half read', () => {
    const glued = `${PEM.trimEnd()}${PEM}`;
    expect(faultOf(() => readPem(glued))).toEqual({ code: 'PEM_INVALID_BOUNDARY', offset: glued.indexOf('-----END') });
  });

  test('a block whose BEGIN line is damaged is refused rather than skipped', () => {
    const text = `${PEM}${PEM.replace('-----BEGIN', '----BEGIN')}`;
    expect(faultOf(() => readPem(text))).toEqual({ code: 'PEM_INVALID_BOUNDARY', offset: text.lastIndexOf('-----END') });
  });
});

describe('headers', () => {
  test('those of an old encrypted key are read', () => {
    const text = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n${BODY}\n-----END RSA PRIVATE KEY-----\n`;
    for (const [lineEnd, pem] of [['LF', text], ['CRLF', text.replace(/\n/g, '\r\n')]]) {
      const [block] = readPem(pem);
      expect([lineEnd, block.headers, Buffer.from(block.der)]).toEqual(
        [lineEnd, { 'Proc-Type': '4,ENCRYPTED', 'DEK-Info': 'AES-128-CBC,00FF' }, Buffer.from(BYTES)],
      );
    }
  });

  test('a folded header goes on', () => {
    const [block] = readPem(`-----BEGIN X-----\nComment: one\n two\nNext: 3\n\n${BODY}\n-----END X-----\n`);
    expect(block.headers).toEqual({ Comment: 'onetwo', Next: '3' });
  });

  test('there are none as a rule', () => {
    expect(readPem(PEM)[0].headers).toEqual({});
  });

  test('a line with a colon that is no header is a fault of the body', () => {
    expect(faultOf(() => readPem(`-----BEGIN X-----\n__proto__: 1\n${BODY}\n-----END X-----\n`))).toEqual({ code: 'PEM_INVALID_BASE64', offset: 18 });
  });
});

describe('faults', () => {
  const end = '-----END CERTIFICATE-----';

  test.each([
    ['an empty file', '', 'the input is empty'],
    ['nothing but blanks', ' \r\n\t\n', 'the input is empty'],
    ['words', 'hello', 'it should hold a line "-----BEGIN ...-----"'],
    ['an HTML page', '<!DOCTYPE html>\n<html><body>404</body></html>', 'the input is an HTML page'],
    ['an HTML page without a document type', '\n <html lang="en">', 'the input is an HTML page'],
    ['DER', Buffer.from([0x30, 0x82, 0x01, 0x00, 0x00]), 'the input is DER, not PEM'],
    ['UTF-16, little-endian', Buffer.from(`\ufeff${PEM}`, 'utf16le'), 'the text is UTF-16; save it as UTF-8 or ASCII'],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${PEM}`, 'utf16le').swap16(), 'the text is UTF-16; save it as UTF-8 or ASCII'],
    ['a body without its boundary lines', BODY, 'it should hold a line "-----BEGIN ...-----"'],
    ['four dashes', PEM.replace(/-----/g, '----'), 'it should hold a line "-----BEGIN ...-----"'],
  ])('%s: no block, with a hint at what it is', (_, input, hint) => {
    const error = thrownBy(() => readPem(input));
    expect(error).toMatchObject({ code: 'PEM_NO_BLOCK', offset: 0, message: `no PEM block was found: ${hint} (at offset 0)` });
  });

  test.each([
    ['a block cut off', PEM.substring(0, 60), 0],
    ['an END line of another label', PEM.replace('END CERTIFICATE', 'END KEY'), 0],
    ['a second block that is cut off', `${PEM}\n${PEM.substring(0, 60)}`, PEM.length + 1],
    ['a BEGIN line before the END line', `-----BEGIN CERTIFICATE-----\n${PEM}`, 0],
  ])('%s is unterminated', (_, text, offset) => {
    expect(faultOf(() => readPem(text))).toEqual({ code: 'PEM_UNTERMINATED', offset });
  });

  test.each([
    ['a BEGIN line without its last dashes', PEM.replace('CERTIFICATE-----', 'CERTIFICATE'), 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a BEGIN line with half of them', PEM.replace('CERTIFICATE-----', 'CERTIFICATE---'), 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a BEGIN line without a label', '-----BEGIN ', 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a BEGIN line with four dashes in all', '-----BEGIN ----', 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a text whose line ends are lost', PEM.replace(/\n/g, ''), 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a text whose line ends are blanks', PEM.replace(/\n/g, ' '), 0, 'a BEGIN line does not end after its label and five dashes'],
    ['a text with escaped line ends', PEM.replace(/\n/g, '\\n'), 0, 'a backslash and an n stand where a line end should be'],
    ['words after an END line', PEM.replace(end, `${end} # mine`), PEM.indexOf(end), 'an END line does not end after its label and five dashes'],
    ['an END line alone', `text\n${end}\n`, 5, 'an END line for "CERTIFICATE" has no BEGIN line'],
    ['an indented text', PEM.replace(/^/gm, '  '), 2, 'a BEGIN or END line is indented; it has to stand at the very start of its line'],
    ['an indented END line', PEM.replace(end, `\t${end}`), PEM.indexOf(end) + 1, 'a BEGIN or END line is indented; it has to stand at the very start of its line'],
  ])('%s has a bad boundary, and the message says why', (_, text, offset, why) => {
    expect(thrownBy(() => readPem(text))).toMatchObject({ code: 'PEM_INVALID_BOUNDARY', offset, message: `${why} (at offset ${offset})` });
  });

  test('a text of more than 16 MiB is refused unread, one of 16 MiB is read', () => {
    const limit = 16 * 1024 * 1024;
    const padding = (length: number) => `${PEM}${' '.repeat(length - PEM.length)}`;
    expect(blocksOf(padding(limit))).toEqual(ONE_BLOCK);
    expect(faultOf(() => readPem(padding(limit + 1)))).toEqual({ code: 'PEM_TOO_LARGE', offset: 0 });
  });

  test('a label in other than capital letters is not repeated', () => {
    const text = '-----BEGIN MIIEvgIBADANBgkq-----\nAAAA\n';
    expect(thrownBy(() => readPem(text)).message).toBe('the block "?" has no matching END line (at offset 0)');
    expect(readPem(`${text}-----END MIIEvgIBADANBgkq-----`)[0].label).toBe('?');
    expect(readPem(`-----BEGIN ${'A'.repeat(41)}-----\n-----END ${'A'.repeat(41)}-----`)[0].label).toBe('?');
  });

  test('nothing of a damaged private key appears in any message', () => {
    const secret = randomBytes(600).toString('base64');
    const pem = encodePem('PRIVATE KEY', Buffer.from(secret, 'base64'));
    const damages = fc.tuple(fc.nat(pem.length - 1), fc.constantFrom('', '!', '-----', '\n', '\u0000', '-----BEGIN ', '\n-----END ', ':', ' '), fc.nat(3));
    fc.assert(fc.property(fc.array(damages, { minLength: 1, maxLength: 4 }), (list) => {
      let text = pem;
      for (const [position, inserted, removed] of list) {
        text = text.substring(0, position) + inserted + text.substring(position + removed);
      }
      let message = '';
      try {
        readPem(text);
      } catch (error) {
        message = (error as Error).message;
      }
      // Six characters in a row are 36 bits: that is no coincidence in messages this short.
      const leaked = Array.from({ length: message.length }, (_, i) => message.substring(i, i + 6))
        .filter((piece) => piece.length === 6 && secret.includes(piece));
      expect(leaked).toEqual([]);
    }), { numRuns: 1000 });
  });
});

describe('base64', () => {
  test('is what Buffer writes and reads', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(encodeBase64(bytes)).toBe(text);
      expect(Buffer.from(decodeBase64(text))).toEqual(Buffer.from(bytes));
    }));
  });

  test('blanks and line ends are skipped anywhere', () => {
    expect(Buffer.from(decodeBase64(' Z m\r\n8\t=\v\f'))).toEqual(Buffer.from('fo'));
  });

  test('a part of a text is decoded, with offsets of the whole', () => {
    expect(Buffer.from(decodeBase64('--Zm9v--', 2, 6))).toEqual(Buffer.from('foo'));
    expect(faultOf(() => decodeBase64('--Zm9v--', 2, 8))).toEqual({ code: 'PEM_INVALID_BASE64', offset: 6 });
  });

  test.each([
    ['a character outside the alphabet', 'Zm9v!', 4],
    ['the alphabet for URLs', 'Zm9-', 3],
    ['a character beyond ASCII', 'Zm9\u0101', 3],
    ['no padding', 'Zm8', 3],
    ['half a padding', 'Zg=', 3],
    ['too much padding', 'Z===', 3],
    ['padding only', '====', 3],
    ['more after the padding', 'Zm8=Zm9v', 4],
    ['padding after padding', 'Zm8=====', 7],
    ['bits set that the padding cuts off, one octet', 'Zm9=', 3],
    ['bits set that the padding cuts off, two octets', 'Zh==', 3],
    ['one character', 'Z', 1],
  ])('%s is refused at its offset', (_, text, offset) => {
    expect(faultOf(() => decodeBase64(text))).toEqual({ code: 'PEM_INVALID_BASE64', offset });
  });
});

describe('writing', () => {
  test('lines have 64 characters, and the last one ends', () => {
    const lines = encodePem('CERTIFICATE', new Uint8Array(49)).split('\n');
    expect(lines.map((line) => line.length)).toEqual([27, 64, 4, 25, 0]);
  });

  test('whatever is written is read back', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(blocksOf(encodePem('X509 CRL', bytes))).toEqual([['X509 CRL', Buffer.from(bytes).toString('hex')]]);
    }));
  });
});

describe('labels and kinds', () => {
  test.each(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'])(
    '%s is a private key', (label) => {
      expect(isPrivateKeyLabel(label)).toBe(true);
    },
  );

  test.each(['CERTIFICATE', 'PUBLIC KEY', 'X509 CRL', 'EC PARAMETERS'])('%s is none', (label) => {
    expect(isPrivateKeyLabel(label)).toBe(false);
  });

  test('DER is told from text by its first two octets', () => {
    expect(looksLikeDer(Buffer.from([0x30, 0x82]))).toBe(true);
    expect(looksLikeDer(Buffer.from('0 is a digit'))).toBe(false);
    expect(looksLikeDer(Buffer.from([0x30]))).toBe(false);
  });
});
