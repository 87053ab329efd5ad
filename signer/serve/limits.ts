/** What holds for requests under both runtimes, and what is said when listening fails. */
import type { ListenOptions } from './listener';
import { SignerError } from '../errors';
import { urlHost } from './addresses';

/** Octets of the headers of a request. More is answered with 431. */
export const MAX_HEADER_LENGTH = 16 * 1024;

/** Octets of a body, which nobody needs. More is answered with 413. */
export const MAX_BODY_LENGTH = 1024;

/** System error codes in words. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; is another signer running? Choose another port with --port, or 0 for any',
  EACCES: 'this user may not use the port; choose one from 1024 with --port',
  EPERM: 'this user may not use the port; choose one from 1024 with --port',
  EADDRNOTAVAIL: 'this host does not have the address; see --listen',
  EAFNOSUPPORT: 'this host does not have addresses of this kind; see --listen',
};

/** Says why a server cannot listen. */
export function listenFailure(error: unknown, { host, port }: ListenOptions): SignerError {
  const code = (error as { code?: string }).code ?? 'unknown error';
  return new SignerError('LISTEN_FAILED', `cannot listen on ${urlHost(host)}:${port}: ${REASONS[code] ?? `the system says ${code}`}`, { cause: error });
}
