/** Cuts lists of resources into pages. A token says behind which resource the next page begins, so that deletions in between do no harm. */
import { SIMULATED_ANSWER, validationException } from './management-errors';

/** What is asked for. */
export interface PageRequest {
  /** Names the list, so that a token is good for its own list only. */
  readonly kind: string;
  readonly size: number;
  /** @default - the first page */
  readonly token?: string;
}

/** A page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** @default - this is the last page */
  readonly nextToken?: string;
}

/**
 * One page of some resources, which are in the order of their sequence numbers.
 *
 * @throws ManagementError `ValidationException` for a token that is not one of this list
 */
export function pageOf<T extends { readonly sequence: number }>(resources: readonly T[], { kind, size, token }: PageRequest): Page<T> {
  const after = token === undefined ? 0 : readToken(kind, token);
  const rest = resources.filter(({ sequence }) => sequence > after);
  const items = rest.slice(0, size);
  return rest.length > size ? { items, nextToken: writeToken(kind, items[size - 1].sequence) } : { items };
}

function writeToken(kind: string, sequence: number): string {
  return Buffer.from(`${kind}/${sequence}`).toString('base64url');
}

function readToken(kind: string, token: string): number {
  const [, tokenKind, sequence] = /^([a-zA-Z]+)\/([0-9]{1,15})$/.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? [];
  // Node reads base64 leniently, so that other texts too would come out as a token.
  if (tokenKind !== kind || writeToken(kind, Number(sequence)) !== token) {
    throw validationException(`'nextToken' is not one that this operation has returned ${SIMULATED_ANSWER}`);
  }
  return Number(sequence);
}
