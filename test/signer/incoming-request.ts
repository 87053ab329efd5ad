/** Verifies a request as a service on loopback gets it, as the real one does first. */
import type { IncomingMessage } from 'http';
import { pairRawHeaders, VerifiedRequest, verifyCreateSessionRequest } from '../../src/create-session';

/** Reads a request to its end and verifies it. @throws CreateSessionError where it does not verify */
export async function verifyIncoming(request: IncomingMessage): Promise<VerifiedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const [path, query = ''] = request.url!.split('?');
  return verifyCreateSessionRequest({
    method: request.method!, path, query, headers: pairRawHeaders(request.rawHeaders), body: Buffer.concat(chunks),
  });
}
