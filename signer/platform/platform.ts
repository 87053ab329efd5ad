/** What the signer needs of the machine it runs on. Node.js and Bun each have one small module that provides it; tests have another. */
import type { Host } from '../../src/credentials/host';
import type { Pkcs11Opener } from '../pkcs11/opener';
import type { Listen } from '../serve/listener';
import type { Notify } from '../serve/supervisor';

/** Whose a file is, and what others may do with it. */
export interface FileStatus {
  /** Permission bits. */
  readonly mode: number;
  /** Id of the user. */
  readonly owner: number;
}

/** The machine. */
export interface Platform extends Host {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** Runtime and version for diagnosis: `Node.js v20.19.0`. */
  readonly runtime: string;
  /** Opens tokens; undefined where the runtime cannot call libraries. */
  readonly pkcs11?: Pkcs11Opener;
  /** Serves HTTP. */
  readonly listen: Listen;
  /** Tells a service manager how things stand; undefined where the runtime cannot, and a program has to. */
  readonly notify?: Notify;
  /** Whose a file or folder is; undefined where the system has no such thing. Rejects with an error whose `code` is the system's (`ENOENT`). */
  fileStatus(path: string): Promise<FileStatus | undefined>;
  /** Reads standard input to its end. */
  readInput(): Promise<Uint8Array>;
  /** Writes all of the text (or bytes) to standard output, or rejects. */
  writeOutput(text: string | Uint8Array): Promise<void>;
  /** Writes all of the text to standard error; a closed one is no reason to fail. */
  writeDiagnostics(text: string): Promise<void>;
}
