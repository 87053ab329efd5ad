/** Answers for tests of listening. */
import type { RequestHandler, ServerAnswer } from '../../../signer/serve/listener';

const AGAIN: ServerAnswer = { status: 200, headers: { 'content-type': 'text/plain', 'x-one': '1' }, body: 'the same' };

/** `/again` has one answer for all, `/slow/N` takes N milliseconds, and everything else tells what came. */
export const handler: RequestHandler = (request) => {
  if (request.path === '/again') {
    return AGAIN;
  }
  const told: ServerAnswer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method: request.method, path: request.path, host: request.header('host') ?? null, test: request.header('x-test') ?? null }),
  };
  const [, slow] = /^\/slow\/(\d+)$/.exec(request.path) ?? [];
  return slow === undefined ? told : new Promise((resolve) => setTimeout(() => resolve(told), Number(slow)));
};
