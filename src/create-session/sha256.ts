/** SHA-256 by the Web Crypto API. */
import { toHex } from '../x509/hex';

const encoder = new TextEncoder();

/** SHA-256 of text (as UTF-8) or bytes, in lower-case hexadecimal. */
export async function sha256Hex(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
