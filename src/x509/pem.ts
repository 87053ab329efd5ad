/** Reads and writes the textual encoding of RFC 7468 ("PEM"): the only form in which certificates travel by hand. */
import { X509Error } from './errors';

/** One `-----BEGIN label-----` block. */
export interface PemBlock {
  /** The words after BEGIN: `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`. */
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
  return label.endsWith('PRIVATE KEY');
}

/** Whether the bytes begin as a DER SEQUENCE does, rather than as text. */
export function looksLikeDer(bytes: Uint8Array): boolean {
  return bytes.length > 1 && bytes[0] === 0x30 && bytes[1] >= 0x80;
}

/**
 * Reads every block of a text, in order. Text outside the blocks is skipped, as RFC 7468 section 5.2 wants it.
 *
 * @throws X509Error `PEM_NO_BLOCK` where there is none, `PEM_UNTERMINATED` where one does not end, `PEM_INVALID_BASE64`
 * where its body is not base64, `PEM_TOO_LARGE` beyond 16 MiB
 */
export function readPem(input: string | Uint8Array): PemBlock[] {
  if (input.length > MAX_PEM_LENGTH) {
    throw new X509Error('PEM_TOO_LARGE', `the text is larger than ${MAX_PEM_LENGTH} characters`, 0);
  }
  const text = typeof input === 'string' ? input : textOf(input);
  const blocks: PemBlock[] = [];
  let position = nextBoundary(text, BEGIN, 0);
  while (position !== -1) {
    const { block, end } = readBlock(text, position);
    blocks.push(block);
    position = nextBoundary(text, BEGIN, end);
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

/** PEM is 7-bit: octets become characters of the same number, so that offsets stay true whatever surrounds the blocks. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

/** Boundaries stand at the start of a line only: an END line must not be found inside a comment. */
function nextBoundary(text: string, boundary: string, from: number): number {
  let position = text.indexOf(boundary, from);
  while (position > 0 && !/[\r\n\ufeff\u00bf]/.test(text[position - 1])) {
    position = text.indexOf(boundary, position + 1);
  }
  return position;
}

function readBlock(text: string, offset: number): { block: PemBlock; end: number } {
  const labelEnd = text.indexOf(DASHES, offset + BEGIN.length);
  const label = labelEnd === -1 ? '' : text.substring(offset + BEGIN.length, labelEnd);
  if (labelEnd === -1 || /[\r\n]/.test(label)) {
    throw new X509Error('PEM_UNTERMINATED', 'a BEGIN line does not end with five dashes', offset);
  }
  const bodyStart = labelEnd + DASHES.length;
  const bodyEnd = nextBoundary(text, END, bodyStart);
  const nextBegin = nextBoundary(text, BEGIN, bodyStart);
  const endLine = `${END}${label}${DASHES}`;
  if (bodyEnd === -1 || (nextBegin !== -1 && nextBegin < bodyEnd) || !text.startsWith(endLine, bodyEnd)) {
    throw new X509Error('PEM_UNTERMINATED', `the block "${printable(label)}" has no matching END line`, offset);
  }
  const { headers, base64Start } = readHeaders(text, bodyStart, bodyEnd);
  const der = decodeBase64(text, base64Start, bodyEnd);
  return { block: { label: printable(label), der, headers, offset }, end: bodyEnd + endLine.length };
}

/** A label is echoed in messages, so what is not a letter, digit, blank or hyphen is not. */
function printable(label: string): string {
  return label.substring(0, 40).replace(/[^A-Za-z0-9 -]/g, '?');
}

function readHeaders(text: string, start: number, end: number): { headers: Record<string, string>; base64Start: number } {
  const headers: Record<string, string> = {};
  const match = /^[ \t]*\r?\n((?:[A-Za-z-]+:[^\r\n]*\r?\n)+)[ \t]*\r?\n/.exec(text.substring(start, Math.min(end, start + 2048)));
  if (!match) {
    return { headers, base64Start: start };
  }
  for (const line of match[1].split(/\r?\n/).filter(Boolean)) {
    const colon = line.indexOf(':');
    headers[line.substring(0, colon)] = line.substring(colon + 1).trim();
  }
  return { headers, base64Start: start + match[0].length };
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
