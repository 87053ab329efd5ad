/** The session whose credentials are served, and what else clients ask about it. */
import { parseArn } from '../../src/create-session/arn';
import type { Credentials } from '../../src/credentials/response';
import type { Certificate } from '../../src/x509';
import type { Session } from '../session';

/** What credentials belong to. */
export interface SessionFacts {
  readonly roleArn: string;
  /** The last part of the role's ARN: a path before it is no part of its name. */
  readonly roleName: string;
  readonly profileArn: string;
  readonly profileId: string;
  readonly accountId: string;
  readonly region: string;
  /** The certificate that the credentials were obtained with; undefined where it is not known. */
  readonly certificate?: Pick<Certificate, 'notAfter' | 'serialNumberHex'>;
}

/** Credentials and what they belong to, which is not the same after the configuration has changed. */
export interface ServedCredentials {
  readonly credentials: Credentials;
  readonly obtainedAt: Date;
  readonly facts: SessionFacts;
}

/** The facts that follow from the settings. @throws CreateSessionError `ARN_INVALID` */
export function sessionFacts({ options, target }: Pick<Session, 'options' | 'target'>, certificate?: SessionFacts['certificate']): SessionFacts {
  const role = parseArn(options.roleArn, 'role');
  return {
    roleArn: options.roleArn,
    roleName: role.resourceId.replace(/^.*\//, ''),
    profileArn: options.profileArn,
    profileId: parseArn(options.profileArn, 'profile').resourceId,
    accountId: role.accountId,
    region: target.region,
    ...(certificate === undefined ? {} : { certificate }),
  };
}
