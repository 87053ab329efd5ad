/** Answers for tests of listening. */
import type { RequestHandler, ServerAnswer } from '../../../signer/serve/listener';

const AGAIN: ServerAnswer = { status: 200, headers: { 'content-type': 'text/plain', 'x-one': '1' }, body: 'the same' };

/** How many requests are being answered slowly. */
let open = 0;

/** `/again` has one answer for all, `/slow/N` takes N milliseconds, `/open` tells how many do, and everything else tells what came. */
export const handler: RequestHandler = (request) => {
  if (request.path === '/again') {
    return AGAIN;
  }
  if (request.path === '/open') {
    return { status: 200, headers: {}, body: String(open) };
  }
  const told: ServerAnswer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method: request.method, path: request.path, host: request.header('host') ?? null, test: request.header('x-test') ?? null }),
  };
  const [, slow] = /^\/slow\/(\d+)$/.exec(request.path) ?? [];
  if (slow === undefined) {
    return told;
  }
  open += 1;
  return new Promise((resolve) => setTimeout(() => {
    open -= 1;
    resolve(told);
  }, Number(slow)));
};
