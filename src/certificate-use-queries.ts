/** Queries over AWS CloudTrail that tell who used which certificate, saved for CloudWatch Logs Insights. */
import { aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RolesAnywhereError } from './private/errors';

/** Properties of the queries. */
export interface CertificateUseQueriesProps {
  /** The log groups to which trails of AWS CloudTrail deliver. */
  readonly logGroups: logs.ILogGroupRef[];

  /**
   * The folder in which the console shows the queries.
   *
   * @default 'IAM Roles Anywhere'
   */
  readonly folder?: string;
}

const DEFAULT_FOLDER = 'IAM Roles Anywhere';

/** Calls that ask Roles Anywhere for a session. */
const OF_SESSIONS = ['eventSource = "rolesanywhere.amazonaws.com"', 'eventName = "CreateSession"'];

/** Sessions are named after the certificate's serial number, where a profile does not let hosts choose. */
const SESSION = 'userIdentity.arn "*:assumed-role/*/*" as prefix, role, serialNumber';

/**
 * Calls with credentials of Roles Anywhere, which sets a source identity that stays through every further role: the common name, without `CN=`
 * where it is longer than 61 characters, or else the serial number.
 */
const OF_HOSTS = [
  'ispresent(userIdentity.sessionContext.sourceIdentity)',
  'userIdentity.sessionContext.sourceIdentity like /^(CN=|ID=)/ or serialNumber like /^[0-9a-f]{2,40}$/',
];

const QUERIES: Readonly<Record<string, { readonly name: string; readonly query: logs.QueryStringProps }>> = {
  SessionsGivenOut: {
    name: 'Sessions asked for',
    query: {
      fields: [
        '@timestamp', 'sourceIPAddress', 'userAgent', 'requestParameters.roleArn', 'requestParameters.trustAnchorArn', 'errorCode', 'errorMessage',
        '@message',
      ],
      filterStatements: OF_SESSIONS,
      sort: '@timestamp desc',
      limit: 1000,
    },
  },
  SessionsRefused: {
    name: 'Sessions refused, by reason and address',
    query: {
      filterStatements: [...OF_SESSIONS, 'ispresent(errorCode)'],
      statsStatements: ['count(*) as refused, earliest(eventTime) as since, latest(eventTime) as until by errorCode, errorMessage, sourceIPAddress'],
      sort: 'refused desc',
    },
  },
  CertificatesUsed: {
    name: 'Certificates used, by serial number',
    query: {
      parseStatements: [SESSION],
      filterStatements: OF_HOSTS,
      statsStatements: [
        'count(*) as calls, earliest(eventTime) as since, latest(eventTime) as until by serialNumber, userIdentity.sessionContext.sourceIdentity, role',
      ],
      sort: 'until desc',
    },
  },
  CallsByHost: {
    name: 'What hosts did, by certificate',
    query: {
      parseStatements: [SESSION],
      filterStatements: OF_HOSTS,
      statsStatements: ['count(*) as calls by userIdentity.sessionContext.sourceIdentity, serialNumber, eventSource, eventName, errorCode'],
      sort: 'calls desc',
    },
  },
  SeveralAddresses: {
    name: 'Certificates used from several addresses',
    query: {
      parseStatements: [SESSION],
      filterStatements: OF_HOSTS,
      statsStatements: [
        'count_distinct(sourceIPAddress) as addresses, count(*) as calls by serialNumber, userIdentity.sessionContext.sourceIdentity',
      ],
      sort: 'addresses desc',
    },
  },
  Changes: {
    name: 'Changes of trust anchors, profiles and revocation lists',
    query: {
      fields: ['@timestamp', 'eventName', 'userIdentity.arn', 'sourceIPAddress', 'errorCode', '@message'],
      filterStatements: [OF_SESSIONS[0], 'eventName != "CreateSession"', 'eventName not like /^(Get|List)/'],
      sort: '@timestamp desc',
      limit: 1000,
    },
  },
};

/**
 * Saved queries for CloudWatch Logs Insights over the log group of a trail: who asked for sessions and who was refused, which certificates
 * were used from where and for what, and who changed trust anchors, profiles and revocation lists.
 *
 * Roles Anywhere names a session after the serial number of the certificate, unless a profile lets hosts choose the name, and sets a source
 * identity from the common name. AWS does not document the record of CreateSession; where it has other members than these queries show, its
 * whole text is there (`@message`).
 *
 * @example
 * declare const trailLogs: logs.LogGroup;
 * new CertificateUseQueries(this, 'Queries', { logGroups: [trailLogs] });
 */
export class CertificateUseQueries extends Construct {
  /** The saved queries. */
  public readonly queryDefinitions: logs.QueryDefinition[];

  /** @throws where there is no log group */
  public constructor(scope: Construct, id: string, props: CertificateUseQueriesProps) {
    super(scope, id);
    const { logGroups, folder = DEFAULT_FOLDER } = props;
    if (logGroups.length === 0) {
      throw new RolesAnywhereError('NOTHING_TO_MONITOR', 'queries need the log group to which a trail of AWS CloudTrail delivers', this);
    }
    this.queryDefinitions = Object.entries(QUERIES).map(([queryId, { name, query }]) => new logs.QueryDefinition(this, queryId, {
      queryDefinitionName: `${folder}/${name}`,
      queryString: new logs.QueryString(query),
      logGroups,
    }));
  }
}
