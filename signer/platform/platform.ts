/** What the signer needs of the machine it runs on. Node.js and Bun each have one small module that provides it; tests have another. */
import type { Host } from '../../src/credentials/host';
import type { Pkcs11Opener } from '../pkcs11/opener';
import type { Listen } from '../serve/listener';

/** The machine. */
export interface Platform extends Host {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** Runtime and version for diagnosis: `Node.js v20.19.0`. */
  readonly runtime: string;
  /** Permission bits of a file, or undefined where the system has none. */
  fileMode(path: string): Promise<number | undefined>;
  /** Reads standard input to its end. */
  readInput(): Promise<Uint8Array>;
  /** Writes all of the text (or bytes) to standard output, or rejects. */
  writeOutput(text: string | Uint8Array): Promise<void>;
  /** Writes all of the text to standard error; a closed one is no reason to fail. */
  writeDiagnostics(text: string): Promise<void>;
  /** Opens tokens; undefined where the runtime cannot call libraries. */
  readonly pkcs11?: Pkcs11Opener;
  /** Serves HTTP. */
  readonly listen: Listen;
}
