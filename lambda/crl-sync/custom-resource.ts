/** Answers CloudFormation, which asks the function to run at deployment and to clean up at the end. */
import { ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { SyncError } from './errors';

/** What CloudFormation sends (CloudFormation User Guide, "Custom resource request objects"). */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** A presigned URL: who has it can answer in our name, so it is written nowhere. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** Not with Create. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: Readonly<Record<string, unknown>>;
}

/** What CloudFormation is told. */
export interface CustomResourceResult {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly physicalResourceId: string;
  /** Shown to the person who deploys. @default - none */
  readonly reason?: string;
}

/** CloudFormation takes an answer of 4,096 bytes, of which a character may need three. */
const MAX_REASON_LENGTH = 1_000;

const ATTEMPTS = 3;
const ATTEMPT_TIMEOUT_MS = 2_500;
const PAUSE_MS = 500;

/** Milliseconds that an answer may take, with all attempts and the pauses between them. */
export const ANSWER_TIME_MS = 10_000;

/** Whether an event is CloudFormation's. */
export function isCustomResourceEvent(event: unknown): event is CustomResourceEvent {
  const { RequestType, ResponseURL } = (event ?? {}) as Partial<CustomResourceEvent>;
  return typeof RequestType === 'string' && typeof ResponseURL === 'string';
}

/**
 * Tells CloudFormation how it went.
 *
 * @throws SyncError `RESPONSE_NOT_DELIVERED`, after several attempts; CloudFormation waits for an hour then
 */
export async function answer(event: CustomResourceEvent, result: CustomResourceResult): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const { status: Status, physicalResourceId: PhysicalResourceId, reason: Reason = '' } = result;
  const body = JSON.stringify({ Status, Reason: Reason.slice(0, MAX_REASON_LENGTH), PhysicalResourceId, StackId, RequestId, LogicalResourceId });
  for (let attempt = 1, problem; (problem = await put(event.ResponseURL, body)); attempt++) {
    if (attempt === ATTEMPTS) {
      throw undelivered(problem);
    }
    await sleep(PAUSE_MS);
  }
}

function undelivered(problem: string): SyncError {
  return new SyncError('RESPONSE_NOT_DELIVERED', `CloudFormation could not be answered: ${problem}. `
    + 'A function in a VPC needs a way to S3, a gateway endpoint or a NAT gateway');
}

/** What went wrong, in words that do not have the URL in them; undefined where it was taken. */
function put(url: string, body: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const target = new URL(url);
    const request: ClientRequest = (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, {
      method: 'PUT',
      agent: false,
      // The URL is signed for an empty content type.
      headers: { 'Content-Type': '', 'Content-Length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
      response.on('error', (error) => resolve(error.name));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    request.end(body);
  });
}
