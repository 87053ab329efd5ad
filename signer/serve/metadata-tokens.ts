/** Session tokens of the metadata service (IMDSv2): random, signed by this process, and not kept. */

/** Seconds that a token may last, as on EC2. */
export const LONGEST_TTL = 21_600;

const EXPIRY_LENGTH = 8;
const NONCE_LENGTH = 16;
const MAC_LENGTH = 32;
const TOKEN_LENGTH = EXPIRY_LENGTH + NONCE_LENGTH + MAC_LENGTH;
const TOKEN = /^[A-Za-z0-9_-]{75}$/;

/** How many tokens are remembered as verified. Beyond it all are verified again, which costs each of them one HMAC. */
const MAX_VERIFIED = 1_000;

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Reads the seconds that a client wants its token to last: 1 to 21600, the most where it does not say; undefined where it is something else. */
export function parseTtl(header: string | undefined): number | undefined {
  if (header === undefined) {
    return LONGEST_TTL;
  }
  const ttl = /^\d{1,5}$/.test(header) ? Number(header) : 0;
  return ttl >= 1 && ttl <= LONGEST_TTL ? ttl : undefined;
}

/**
 * Issues and checks tokens.
 *
 * A token carries its own end under an HMAC whose key is made with the object and dies with it. So there is no table that grows, and none
 * that somebody could fill to push out the tokens of others; what is remembered is a bounded number of tokens that need not be verified again.
 */
export class MetadataTokens {
  /** @param elapsed milliseconds since some instant, by a clock that nobody sets */
  public static async create(elapsed: () => number = () => performance.now()): Promise<MetadataTokens> {
    const key = await crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(MAC_LENGTH)), { name: 'HMAC', hash: 'SHA-256' }, false,
      ['sign', 'verify']);
    return new MetadataTokens(key, elapsed);
  }

  private readonly verified = new Map<string, number>();
  private count = 0;

  private constructor(private readonly key: HmacKey, private readonly elapsed: () => number) {}

  /** How many have been issued. */
  public get issued(): number {
    return this.count;
  }

  /** How many are remembered. */
  public get remembered(): number {
    return this.verified.size;
  }

  /** Makes a token that lasts so many seconds. */
  public async issue(ttl: number): Promise<string> {
    const octets = new Uint8Array(TOKEN_LENGTH);
    const signed = octets.subarray(0, EXPIRY_LENGTH + NONCE_LENGTH);
    new DataView(octets.buffer).setFloat64(0, this.elapsed() + ttl * 1000);
    crypto.getRandomValues(signed.subarray(EXPIRY_LENGTH));
    octets.set(new Uint8Array(await crypto.subtle.sign('HMAC', this.key, signed)), signed.length);
    this.count += 1;
    return Buffer.from(octets).toString('base64url');
  }

  /** Whole seconds that a token still lasts; 0 where it is not one of ours, or has ended. At once where it has been verified before. */
  public remaining(token: string): number | Promise<number> {
    const end = this.verified.get(token);
    return end === undefined ? this.verify(token) : this.secondsUntil(end, token);
  }

  private async verify(token: string): Promise<number> {
    if (!TOKEN.test(token)) {
      return 0;
    }
    const octets = new Uint8Array(Buffer.from(token, 'base64url'));
    const signed = octets.subarray(0, EXPIRY_LENGTH + NONCE_LENGTH);
    if (!await crypto.subtle.verify('HMAC', this.key, octets.subarray(signed.length), signed)) {
      return 0;
    }
    const end = new DataView(octets.buffer).getFloat64(0);
    if (this.verified.size >= MAX_VERIFIED) {
      this.verified.clear();
    }
    this.verified.set(token, end);
    return this.secondsUntil(end, token);
  }

  private secondsUntil(end: number, token: string): number {
    const milliseconds = end - this.elapsed();
    if (milliseconds <= 0) {
      this.verified.delete(token);
      return 0;
    }
    return Math.ceil(milliseconds / 1000);
  }
}
