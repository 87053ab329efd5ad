/** Octets as hexadecimal text. */

/** The octets between two offsets in lower-case hexadecimal. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i++) {
    text += hexByte(bytes[i]);
  }
  return text;
}

/** An octet in lower-case hexadecimal. */
export function hexByte(octet: number): string {
  return (octet < 16 ? '0' : '') + octet.toString(16);
}
