/** One request and its answer on the local endpoint: reading the body within bounds, and answering in the manner of AWS. */
import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { SIMULATION_NOTICE } from './report';

/** A CreateSession body has three members; a GetCallerIdentity body two. */
export const MAX_BODY_LENGTH = 64 * 1024;

/** What is answered. */
export interface Answer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
  /** @default - none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown where a body is larger than the endpoint takes. */
export class BodyTooLargeError extends Error {}

/** Thrown where a client hangs up before its request is complete; nobody is left to be answered. */
export class HungUpError extends Error {}

/** A request with the means to answer it. */
export class HttpExchange {
  /** As AWS gives to every request. */
  public readonly requestId = randomUUID();
  public readonly method: string;
  /** The path as it was sent, undecoded. */
  public readonly path: string;
  /** The query as it was sent, undecoded and without the question mark. */
  public readonly query: string;

  public constructor(public readonly request: IncomingMessage, private readonly response: ServerResponse) {
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    this.method = request.method ?? '';
    this.path = mark === -1 ? target : target.slice(0, mark);
    this.query = mark === -1 ? '' : target.slice(mark + 1);
  }

  /**
   * Reads the body.
   *
   * @param maxLength bytes
   * @throws BodyTooLargeError beyond that; HungUpError
   */
  public readBody(maxLength: number): Promise<Uint8Array> {
    const { request } = this;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= maxLength) {
          chunks.push(chunk);
        } else {
          reject(new BodyTooLargeError(`the body is larger than ${maxLength} bytes`));
        }
      });
      request.on('end', () => resolve(Buffer.concat(chunks)));
      request.on('close', () => reject(new HungUpError('the client closed the connection')));
      request.on('error', (error) => reject(new HungUpError(error.message)));
    });
  }

  /** Answers. Every answer says that it is simulated. */
  public answer({ statusCode, contentType, body, headers = {} }: Answer): void {
    const bytes = Buffer.from(body);
    this.response.writeHead(statusCode, {
      'Content-Type': contentType,
      'Content-Length': String(bytes.length),
      'X-Amzn-RequestId': this.requestId,
      'X-Simulated': SIMULATION_NOTICE,
      'Cache-Control': 'no-store',
      ...headers,
      // What is left of a request that was not read to its end cannot be told from the next request.
      ...(this.request.complete ? {} : { Connection: 'close' }),
    });
    this.response.end(this.method === 'HEAD' ? undefined : bytes);
    if (!this.request.complete) {
      this.request.resume();
    }
  }

  /** Answers with an error in the form of the service. `simulated` goes beside its message, where clients do not look. */
  public answerError(statusCode: number, type: string, message: string, simulated: object = {}, headers: Record<string, string> = {}): void {
    this.answer({
      statusCode,
      contentType: 'application/json',
      body: JSON.stringify({ message, simulated: { notice: SIMULATION_NOTICE, ...simulated } }),
      headers: { 'X-Amzn-ErrorType': type, ...headers },
    });
  }
}
