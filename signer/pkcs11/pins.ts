/** PINs: where one comes from, which were taken, and which were refused and so are never tried again. */
import { fileURLToPath } from 'node:url';
import { Pkcs11Uri } from './uri';
import { SignerError } from '../errors';

/** A PIN to try. */
export interface Pin {
  readonly value: string;
  /** For messages: `pin-value of the URI`. */
  readonly source: string;
  /** Whether somebody was asked just now, who can see how many tries are left. */
  readonly asked: boolean;
}

/** The PINs of all tokens of an identity. */
export class Pins {
  private readonly accepted = new Map<string, string>();
  private readonly refused = new Map<string, Set<string>>();

  /**
   * @param ask asks for a PIN; its argument names the token (and the key) in a prompt
   * @param readFile reads a `pin-source`
   * @param isGiven whether `ask` answers out of a setting
   */
  public constructor(
    private readonly ask: (what: string) => Promise<string>,
    private readonly readFile: (path: string) => Promise<Uint8Array>,
    private readonly isGiven: boolean,
  ) {}

  /**
   * The PIN to log in with: the one that was right before, else the one that a URI names, else one that is asked for.
   *
   * @param place names what the PIN opens, so that those of different tokens are kept apart
   * @param what the same in words, for the prompt and for messages
   * @param uris those that select the token, the most specific first
   * @throws SignerError `PIN_WRONG` where it was refused before: another try could lock the token
   */
  public async find(place: string, what: string, uris: readonly Pkcs11Uri[]): Promise<Pin> {
    return this.unlessRefused(place, what, await this.candidate(place, what, uris));
  }

  /** The PIN to confirm one signature with, which is asked for each time. */
  public async askAgain(what: string): Promise<Pin> {
    return { value: await this.ask(what), source: 'the PIN', asked: !this.isGiven };
  }

  /** @throws SignerError `PIN_WRONG` where a PIN was refused at this place before */
  public unlessRefused(place: string, what: string, pin: Pin): Pin {
    if (this.refused.get(place)?.has(pin.value)) {
      throw new SignerError('PIN_WRONG', `${pin.source} was refused before by ${what}; it is not tried again, since wrong PINs lock a token`);
    }
    return pin;
  }

  /** Keeps a PIN that was right. */
  public accept(place: string, { value }: Pin): void {
    this.accepted.set(place, value);
  }

  /** Keeps in mind that a PIN was wrong. */
  public refuse(place: string, { value }: Pin): void {
    this.accepted.delete(place);
    this.refused.set(place, (this.refused.get(place) ?? new Set()).add(value));
  }

  private async candidate(place: string, what: string, uris: readonly Pkcs11Uri[]): Promise<Pin> {
    const known = this.accepted.get(place);
    if (known !== undefined) {
      return { value: known, source: 'the PIN that was right until now', asked: false };
    }
    const { pinValue, pinSource } = uris.find((uri) => uri.pinValue !== undefined || uri.pinSource !== undefined) ?? {};
    if (pinValue !== undefined) {
      return { value: pinValue, source: 'the PIN in the URI (pin-value)', asked: false };
    }
    if (pinSource !== undefined) {
      const path = pathOf(pinSource);
      return { value: pinIn(await this.readFile(path), path), source: `the PIN in ${path} (pin-source)`, asked: false };
    }
    return this.askAgain(what);
  }
}

/** RFC 7512 leaves the syntax open; a path and a `file:` URI are what people write. */
function pathOf(pinSource: string): string {
  if (!/^file:/i.test(pinSource)) {
    return pinSource;
  }
  try {
    return fileURLToPath(new URL(pinSource));
  } catch (error) {
    throw new SignerError('USAGE', `pin-source ${pinSource} of the PKCS#11 URI names no file of this machine; write file:/path`, { cause: error });
  }
}

function pinIn(bytes: Uint8Array, path: string): string {
  const pin = new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
  if (pin === '' || pin.includes('\n')) {
    throw new SignerError('USAGE', `${path} should hold one line, the PIN; it ${pin === '' ? 'is empty' : 'has more'}`);
  }
  return pin;
}
