/** Reads what the construct tells the function: which lists, from where, for which trust anchor. */
import { SyncError } from './errors';

/** A distribution point, with places to turn to when it fails. */
export interface UrlSourceConfiguration {
  readonly type: 'url';
  /** http or https, tried in order. */
  readonly urls: readonly string[];
}

/** An object in S3. */
export interface S3SourceConfiguration {
  readonly type: 's3';
  readonly bucket: string;
  readonly key: string;
  /** @default - the Region of the function */
  readonly region?: string;
}

/** One list to keep in step. */
export interface ListConfiguration {
  /** Stays the same from deployment to deployment: the list is found again by it. */
  readonly id: string;
  /** Name of the list in the service. */
  readonly name: string;
  readonly source: UrlSourceConfiguration | S3SourceConfiguration;
  /** PEM text of CAs below the trust anchor of which one issues the list. @default - the trust anchor's own certificates */
  readonly issuerCertificates?: string;
  /** @default 5 */
  readonly maxRedirects: number;
  /** Seconds for one place, redirects and body included. @default 10 */
  readonly timeoutSeconds: number;
}

/** Everything that the environment variable CONFIGURATION holds. */
export interface Configuration {
  /** Whose lists these are: the value of the tag by which they are found again. */
  readonly syncId: string;
  readonly trustAnchorArn: string;
  readonly lists: readonly ListConfiguration[];
  /** The CA in AWS Private CA that is the source of the trust anchor. @default - the trust anchor has a certificate bundle */
  readonly certificateAuthorityArn?: string;
  readonly metricNamespace: string;
  /** Milliseconds between calls of one kind. @default 1100, since the service takes one a second */
  readonly requestIntervalMs: number;
}

const ID = /^[A-Za-z0-9-]{1,200}$/;
const ARN = /^arn:[^:]+:(rolesanywhere|acm-pca):[^:]+:\d{12}:(trust-anchor|certificate-authority)\/[^/]+$/;

const DEFAULTS = { requestIntervalMs: 1100 };
const LIST_DEFAULTS = { maxRedirects: 5, timeoutSeconds: 10 };

/**
 * The configuration of the function, with defaults filled in. The construct writes it, so that a mistake is one of ours: what is checked
 * is what would otherwise do harm before it is noticed.
 *
 * @throws SyncError `CONFIGURATION_INVALID` with the member that is wrong
 */
export function readConfiguration({ CONFIGURATION = 'null' }: NodeJS.ProcessEnv): Configuration {
  const given = parse(CONFIGURATION);
  const lists = (given.lists ?? []).map((list): ListConfiguration => ({ ...LIST_DEFAULTS, ...list }));
  const configuration: Configuration = { ...DEFAULTS, ...given, lists };
  const { syncId, trustAnchorArn, certificateAuthorityArn = trustAnchorArn, metricNamespace } = configuration;
  demand('syncId', matches(ID, syncId));
  demand('trustAnchorArn', matches(ARN, trustAnchorArn));
  demand('certificateAuthorityArn', matches(ARN, certificateAuthorityArn));
  demand('metricNamespace', metricNamespace);
  demand('lists', lists.length > 0 && new Set(lists.map(({ id }) => id)).size === lists.length);
  lists.forEach(checkList);
  return configuration;
}

function parse(text: string): Configuration {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw invalid('it is not JSON');
  }
}

function invalid(what: string): SyncError {
  return new SyncError('CONFIGURATION_INVALID', `the environment variable CONFIGURATION is not as the CrlSync construct writes it: ${what}`);
}

function demand(member: string, isSo: unknown): void {
  if (!isSo) {
    throw invalid(member);
  }
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function checkList({ id, name, source }: ListConfiguration, index: number): void {
  const where = `lists[${index}].`;
  demand(`${where}id`, matches(ID, id));
  demand(`${where}name`, name);
  demand(`${where}source`, source?.type === 's3' ? source.bucket && source.key : source?.type === 'url' && source.urls?.length > 0);
  if (source.type === 'url') {
    source.urls.forEach((url, i) => demand(`${where}source.urls[${i}]`, URL.canParse(url) && isPlainUrl(new URL(url))));
  }
}

/** Whether a URL is of http or https and holds no user name, which would be credentials in a log or in the hands of a redirect. */
export function isPlainUrl({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username + password === '';
}
