/** Counts requests, and writes what Prometheus reads. */
import type { RefreshState } from '../../src/credentials/refreshing-credentials';
import { BUILD, VERSION } from '../version';

/** What requests are counted by. */
export type PageClass = 'token' | 'role' | 'credentials' | 'container' | 'metadata' | 'healthz' | 'metrics' | 'other';

/** Counts requests by kind of page and status. */
export class RequestCounts {
  private readonly counts = new Map<PageClass, Map<number, number>>();

  /** Counts one. */
  public add(page: PageClass, status: number): void {
    let statuses = this.counts.get(page);
    if (statuses === undefined) {
      this.counts.set(page, statuses = new Map());
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  /** Page, status and count. */
  public entries(): Array<readonly [PageClass, number, number]> {
    return [...this.counts].flatMap(([page, statuses]) => [...statuses].map(([status, count]) => [page, status, count] as const));
  }
}

/** What is reported. */
export interface MetricsInput {
  readonly requests: RequestCounts;
  readonly refresh: RefreshState;
  /** How many calls failed, by code. */
  readonly failures: ReadonlyMap<string, number>;
  readonly tokensIssued: number;
  /** End of the certificate of the last call that succeeded. */
  readonly certificateNotAfter?: Date;
  readonly runtime: string;
  readonly startedAt: Date;
}

const PREFIX = 'roles_anywhere_signer_';

type Labels = Readonly<Record<string, string | number>>;

/** Writes the text format of Prometheus, version 0.0.4. */
export function metricsText(input: MetricsInput): string {
  const { refresh } = input;
  return [
    metric('build_info', 'gauge', 'What runs.', [[{ version: VERSION, commit: BUILD.commit ?? 'unknown', runtime: input.runtime }, 1]]),
    metric('start_timestamp_seconds', 'gauge', 'When this process began to serve.', [[{}, seconds(input.startedAt)]]),
    metric('http_requests_total', 'counter', 'Requests that were answered.',
      input.requests.entries().map(([page, status, count]) => [{ page, status }, count])),
    metric('metadata_tokens_issued_total', 'counter', 'Session tokens of the metadata service that were issued.', [[{}, input.tokensIssued]]),
    metric('refreshes_total', 'counter', 'Calls of CreateSession that brought credentials.', [[{}, refresh.refreshes]]),
    metric('refresh_failures_total', 'counter', 'Calls of CreateSession that failed, by code.', [...input.failures].map(([code, count]) => [{ code }, count])),
    metric('refresh_failing', 'gauge', 'Whether the last call of CreateSession failed.', [[{}, refresh.isFailing ? 1 : 0]]),
    metric('last_refresh_timestamp_seconds', 'gauge', 'When the credentials came.', timestamp(refresh.lastSuccess)),
    metric('credentials_expiry_timestamp_seconds', 'gauge', 'When the credentials expire.', timestamp(refresh.expiration)),
    metric('certificate_not_after_timestamp_seconds', 'gauge', 'When the certificate expires.', timestamp(input.certificateNotAfter)),
  ].join('');
}

function timestamp(date: Date | undefined): Array<[Labels, number]> {
  return date === undefined ? [] : [[{}, seconds(date)]];
}

function seconds(date: Date): number {
  return Math.round(date.getTime() / 1000);
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: ReadonlyArray<readonly [Labels, number]>): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${String(text).replace(/["\\\n]/g, '_')}"`);
    return `${PREFIX}${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n${lines.join('')}`;
}
