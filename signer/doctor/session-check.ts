/** The last check: a real CreateSession, of whose credentials nothing is kept. */
import type { Examination } from './examination';
import { Check, ok, Outcome } from './findings';
import { ServiceFailure } from '../../src/credentials/response';
import type { Certificate } from '../../src/x509';
import { failureOf } from '../errors';
import { ExitCode } from '../exit-codes';
import { VERSION } from '../version';

/** `ASIA` stands for credentials that expire; the rest of an access key's identifier is nobody's business. */
const SHOWN_OF_ACCESS_KEY = 4;

/** @param debug writes what `--debug` shows */
export function createSessionCheck(debug: (text: () => string) => Promise<void>): Check<Examination> {
  return {
    id: 'create-session',
    title: 'CreateSession',
    needs: ['arns', 'key-belongs-to-certificate', 'certificate-validity', 'connection'],
    exitCode: ExitCode.REFUSED,
    run: async (examination) => {
      try {
        // What it warns of, the checks before have found.
        const observer = { debug, warn: (text: string) => debug(() => text) };
        const { accessKeyId, assumedRoleArn, expiration } = await examination.createSession(`roles-anywhere-signer/${VERSION}`, observer);
        return ok(`credentials of ${assumedRoleArn ?? 'a role that the answer does not name'}, until ${expiration} `
          + `(access key ${accessKeyId.substring(0, SHOWN_OF_ACCESS_KEY)}...)`);
      } catch (error) {
        if (error instanceof ServiceFailure) {
          return explain(error, await examination.certificate());
        }
        throw error;
      }
    },
  };
}

function explain(failure: ServiceFailure, { subject }: Certificate): Outcome {
  const { service: { type, message, requestId }, status, explanation } = failure;
  const said = [type, message].filter(Boolean).join(': ') || 'an answer without a message';
  const subjectHint = explanation?.dependsOnCertificate ? `, whose subject is ${subject.toString()}` : '';
  return {
    status: 'failed',
    detail: `${said} (HTTP ${status}${requestId === undefined ? '' : `, request ${requestId}`})`
      + (explanation ? `: ${explanation.cause}${subjectHint}` : ''),
    remedy: explanation?.remedy,
    exitCode: failureOf(failure).exitCode,
  };
}
