/** Reads and writes the textual encoding of RFC 7468 ("PEM"): the only form in which certificates travel by hand. */
import { latin1 } from './der';
import { X509Error } from './errors';

/** One `-----BEGIN label-----` block. */
export interface PemBlock {
  /** The words after BEGIN: `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`. One in other than capital letters is `?` here, see {@link readPem}. */
  readonly label: string;
  /** The decoded bytes. */
  readonly der: Uint8Array;
  /** Header lines as RFC 1421 had them, such as `Proc-Type: 4,ENCRYPTED` of OpenSSL's old encrypted keys; mostly empty. */
  readonly headers: Readonly<Record<string, string>>;
  /** Offset of the block's first character in the text. */
  readonly offset: number;
}

/** The largest trust anchor bundle is 204,800 characters and the largest list 300,000 bytes; a list read from disk may be larger. */
const MAX_PEM_LENGTH = 16 * 1024 * 1024;

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';

/** Whether a label announces a private key of any kind. */
export function isPrivateKeyLabel(label: string): boolean {
  return label.includes('PRIVATE KEY');
}

/** Whether the bytes begin as a DER SEQUENCE does, rather than as text. */
export function looksLikeDer(bytes: Uint8Array): boolean {
  return bytes.length > 1 && bytes[0] === 0x30 && bytes[1] >= 0x80;
}

/**
 * Reads every block of a text, in order. Lines outside the blocks are skipped, as RFC 7468 section 5.2 wants it, but
 * nothing that looks like the rest of a damaged block: a certificate that is silently missing is worse than an error.
 *
 * Labels are echoed in messages, where no piece of a key may show. So one that has other characters than labels have is `?`.
 *
 * @throws X509Error `PEM_NO_BLOCK` where there is none, `PEM_UNTERMINATED` where one does not end, `PEM_INVALID_BOUNDARY` where a
 * BEGIN or END line is malformed or stands alone, `PEM_INVALID_BASE64` where a body is not base64, `PEM_TOO_LARGE` beyond 16 MiB
 */
export function readPem(input: string | Uint8Array): PemBlock[] {
  if (input.length > MAX_PEM_LENGTH) {
    throw new X509Error('PEM_TOO_LARGE', `the text is larger than ${MAX_PEM_LENGTH} characters`, 0);
  }
  // PEM is 7-bit: octets become characters of the same number, so that offsets stay true whatever surrounds the blocks.
  const text = typeof input === 'string' ? input : latin1(input);
  const blocks: PemBlock[] = [];
  let begin = nextBoundary(text, 0);
  while (begin) {
    const { block, end } = readBlock(text, begin);
    blocks.push(block);
    begin = nextBoundary(text, end);
  }
  if (blocks.length === 0) {
    throw new X509Error('PEM_NO_BLOCK', `no PEM block was found: ${whyNoBlock(input, text)}`, 0);
  }
  return blocks;
}

/** A hint at what the input is instead, for the people who see the error. */
function whyNoBlock(input: string | Uint8Array, text: string): string {
  if (text.trim() === '') {
    return 'the input is empty';
  }
  if (typeof input !== 'string' && looksLikeDer(input)) {
    return 'the input is DER, not PEM';
  }
  if (text.includes('\u0000')) {
    return 'the text is UTF-16; save it as UTF-8 or ASCII';
  }
  return /^\s*<(!doctype|html)/i.test(text) ? 'the input is an HTML page' : 'it should hold a line "-----BEGIN ...-----"';
}

/** A BEGIN or END line. */
interface Boundary {
  readonly isBegin: boolean;
  readonly label: string;
  /** Offset of its first dash. */
  readonly start: number;
  /** Offset after the line, before its line end. */
  readonly end: number;
}

/** The first BEGIN or END line at or after an offset. One within a line of prose is prose. */
function nextBoundary(text: string, from: number): Boundary | undefined {
  for (let at = text.indexOf(DASHES, from); at !== -1; at = text.indexOf(DASHES, at + DASHES.length)) {
    const isBegin = text.startsWith(BEGIN, at);
    if ((isBegin || text.startsWith(END, at)) && startsLine(text, at, from)) {
      return readBoundary(text, at, isBegin);
    }
  }
  return undefined;
}

/**
 * Whether only blanks, or the byte order mark of a file, stand before an offset in its line.
 *
 * @throws X509Error `PEM_INVALID_BOUNDARY` where blanks do, since OpenSSL and most other readers would skip such a line
 */
function startsLine(text: string, offset: number, from: number): boolean {
  let before = offset;
  while (before > from && (text[before - 1] === ' ' || text[before - 1] === '\t')) {
    before--;
  }
  const starts = before === 0 || isLineEnd(text, before - 1) || text[before - 1] === '\ufeff' || text.endsWith(UTF8_BOM, before);
  if (starts && before < offset) {
    throw new X509Error('PEM_INVALID_BOUNDARY', 'a BEGIN or END line is indented; it has to stand at the very start of its line', offset);
  }
  return starts;
}

/** The byte order mark as it looks where octets were read as characters. */
const UTF8_BOM = '\u00ef\u00bb\u00bf';

function isLineEnd(text: string, offset: number): boolean {
  return text[offset] === '\n' || text[offset] === '\r';
}

function lineEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && !isLineEnd(text, end)) {
    end++;
  }
  return end;
}

function readBoundary(text: string, start: number, isBegin: boolean): Boundary {
  const end = lineEnd(text, start);
  const line = text.substring(start, end).trimEnd();
  const label = line.substring((isBegin ? BEGIN : END).length, line.length - DASHES.length);
  if (!line.endsWith(DASHES) || line.length < (isBegin ? BEGIN : END).length + DASHES.length || label.includes(DASHES)) {
    const why = line.includes('\\n') ? 'a backslash and an n stand where a line end should be'
      : `${isBegin ? 'a BEGIN' : 'an END'} line does not end after its label and five dashes`;
    throw new X509Error('PEM_INVALID_BOUNDARY', why, start);
  }
  return { isBegin, label, start, end };
}

function readBlock(text: string, begin: Boundary): { block: PemBlock; end: number } {
  if (!begin.isBegin) {
    throw new X509Error('PEM_INVALID_BOUNDARY', `an END line for "${printable(begin.label)}" has no BEGIN line`, begin.start);
  }
  const end = nextBoundary(text, begin.end);
  if (!end || end.isBegin || end.label !== begin.label) {
    throw new X509Error('PEM_UNTERMINATED', `the block "${printable(begin.label)}" has no matching END line`, begin.start);
  }
  const { headers, bodyStart } = readHeaders(text, begin.end, end.start);
  const der = decodeBase64(text, bodyStart, end.start);
  return { block: { label: printable(begin.label), der, headers, offset: begin.start }, end: end.end };
}

const LABEL_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 #-./';
const MAX_LABEL_LENGTH = 40;

function printable(label: string): string {
  let isPlain = label.length <= MAX_LABEL_LENGTH;
  for (let i = 0; isPlain && i < label.length; i++) {
    isPlain = LABEL_CHARACTERS.includes(label[i]);
  }
  return isPlain ? label : '?';
}

/** Lines with a colon before the body (RFC 1421 section 4.4); a folded line goes on with the one above. */
function readHeaders(text: string, start: number, end: number): { headers: Record<string, string>; bodyStart: number } {
  const headers: Record<string, string> = {};
  let bodyStart = start;
  let name = '';
  for (let line = nextLine(text, start); line.end < end; line = nextLine(text, line.end)) {
    const content = text.substring(line.start, line.end);
    const colon = content.indexOf(':');
    if (colon > 0 && /^[A-Za-z0-9-]+$/.test(content.substring(0, colon))) {
      name = content.substring(0, colon);
      headers[name] = content.substring(colon + 1).trim();
    } else if (name !== '' && /^[ \t]+[^ \t]/.test(content)) {
      headers[name] += content.trim();
    } else {
      break;
    }
    bodyStart = line.end;
  }
  return { headers, bodyStart };
}

/** The line after the line end at an offset. */
function nextLine(text: string, offset: number): { start: number; end: number } {
  const start = text.startsWith('\r\n', offset) ? offset + 2 : offset + 1;
  return { start, end: lineEnd(text, start) };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SKIP = 64;
const PADDING = 65;
const INVALID = 66;

/** Value of each 7-bit character in base64; blanks and line ends are skipped. */
const VALUES = (() => {
  const table = new Uint8Array(256).fill(INVALID);
  for (let i = 0; i < ALPHABET.length; i++) {
    table[ALPHABET.charCodeAt(i)] = i;
  }
  for (const blank of ' \t\r\n\v\f') {
    table[blank.charCodeAt(0)] = SKIP;
  }
  table['='.charCodeAt(0)] = PADDING;
  return table;
})();

/**
 * Decodes the base64 between two offsets of a text, blanks and line ends skipped, padding required (RFC 4648 section 4).
 *
 * @throws X509Error `PEM_INVALID_BASE64` at the character that is wrong
 */
export function decodeBase64(text: string, start = 0, end = text.length): Uint8Array {
  const out = new Uint8Array(Math.ceil(((end - start) * 3) / 4));
  let length = 0;
  let bits = 0;
  let characters = 0;
  let padding = 0;
  for (let position = start; position < end; position++) {
    const code = text.charCodeAt(position);
    const value = code < 256 ? VALUES[code] : INVALID;
    if (value === SKIP) {
      continue;
    }
    if (value === PADDING) {
      padding++;
    } else if (value === INVALID || padding > 0) {
      throw new X509Error('PEM_INVALID_BASE64', 'the body is not base64', position);
    }
    bits = (bits << 6) | (value === PADDING ? 0 : value);
    if (++characters % 4 === 0) {
      out[length++] = (bits >> 16) & 0xff;
      out[length++] = (bits >> 8) & 0xff;
      out[length++] = bits & 0xff;
      // The last group's padding stands for octets that are not there, whose bits have to be zero.
      if (padding > 2 || (padding > 0 && (bits & (padding === 1 ? 0xff : 0xffff)) !== 0)) {
        throw new X509Error('PEM_INVALID_BASE64', 'the base64 padding is wrong', position);
      }
      bits = 0;
    }
  }
  if (characters % 4 !== 0) {
    throw new X509Error('PEM_INVALID_BASE64', 'the base64 body is cut off', end);
  }
  return out.subarray(0, length - padding);
}

/** Standard base64 with padding and without line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    text += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 0x3f];
    text += left > 1 ? ALPHABET[(bits >> 6) & 0x3f] : '=';
    text += left > 2 ? ALPHABET[bits & 0x3f] : '=';
  }
  return text;
}

/** Writes one block with lines of 64 characters and a final line end (RFC 7468 section 2). */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return [`${BEGIN}${label}${DASHES}`, ...lines, `${END}${label}${DASHES}`, ''].join('\n');
}
