import { Configuration, ListConfiguration } from '../../../lambda/crl-sync/configuration';
import { SyncError } from '../../../lambda/crl-sync/errors';
import { outcomeLine, removalLine } from '../../../lambda/crl-sync/log';
import { METRIC_UNITS, metricLines } from '../../../lambda/crl-sync/metrics';
import { ListOutcome } from '../../../lambda/crl-sync/sync';
import { readCrl } from '../../../src/x509';
import { createRootCa, issueCrl } from '../../support/pki';

const LIST: ListConfiguration = { id: 'root', name: 'Root list', source: { type: 'url', urls: [] }, maxRedirects: 5, timeoutSeconds: 10 };
const CONFIGURATION: Configuration = { syncId: 's', trustAnchorArn: 'arn:anchor', lists: [LIST], metricNamespace: 'Space', requestIntervalMs: 0 };
const NOW = new Date('2030-05-01T12:00:00Z');

const outcome = (more: Partial<ListOutcome>): ListOutcome => ({ list: LIST, change: 'unchanged', refusals: [], warnings: [], ...more });
const lines = (more: Partial<ListOutcome>) => metricLines(CONFIGURATION, outcome(more), NOW).map((line) => JSON.parse(line));

async function list(thisUpdate: string, nextUpdate: string) {
  const { der } = await issueCrl(await createRootCa('CN=Example Root'), {
    revoked: ['01', '02'], thisUpdate: new Date(thisUpdate), nextUpdate: new Date(nextUpdate),
  });
  return readCrl(der);
}

describe('metrics', () => {
  test('are of the list that the service has', async () => {
    const crl = await list('2030-05-01T11:00:00Z', '2030-05-02T00:00:00Z');
    expect(lines({ crl })).toMatchObject([{
      TrustAnchorArn: 'arn:anchor', List: 'root', CrlAgeSeconds: 3600, HoursToNextUpdate: 12, RevokedCertificates: 2, SyncSuccess: 1, SyncFailure: 0,
    }]);
  });

  test('of a list that is overdue go below zero, so that an alarm can tell by how much', async () => {
    const crl = await list('2030-05-01T00:00:00Z', '2030-05-01T06:00:00Z');
    expect(lines({ crl, error: new SyncError('FETCH_TIMEOUT', 'late') })).toMatchObject([{ HoursToNextUpdate: -6, SyncSuccess: 0, SyncFailure: 1 }]);
  });

  test('of a CA whose clock is ahead have no negative age', async () => {
    expect(lines({ crl: await list('2030-05-01T12:02:00Z', '2030-05-02T00:00:00Z') })[0].CrlAgeSeconds).toBe(0);
  });

  test('that cannot be known are left out, rather than being zero', async () => {
    const { nextUpdate: _, ...crl } = await list('2030-05-01T11:00:00Z', '2030-05-02T00:00:00Z');
    const [withoutNext] = lines({ crl });
    const [withoutList] = lines({ error: new SyncError('FETCH_NOT_FOUND', 'gone') });
    expect(withoutNext).not.toHaveProperty('HoursToNextUpdate');
    expect(withoutList).not.toHaveProperty('CrlAgeSeconds');
    for (const line of [withoutNext, withoutList]) {
      const [{ Metrics }] = line._aws.CloudWatchMetrics;
      expect(Metrics.every(({ Name }: { Name: string }) => typeof line[Name] === 'number')).toBe(true);
    }
  });

  test('count refusals by reason, each in a line with a dimension more', () => {
    const [own, ...refused] = lines({ error: new SyncError('CRL_EXPIRED', 'old', true), refusals: ['CRL_EXPIRED', 'PEM_NO_BLOCK'] });
    expect(own).not.toHaveProperty('Reason');
    expect(refused).toMatchObject([{ Reason: 'CRL_EXPIRED', Refused: 1 }, { Reason: 'PEM_NO_BLOCK', Refused: 1 }]);
    expect(refused[0]._aws.CloudWatchMetrics).toEqual([{
      Namespace: 'Space', Dimensions: [['TrustAnchorArn', 'List', 'Reason']], Metrics: [{ Name: 'Refused', Unit: 'Count' }],
    }]);
  });

  test('have units that CloudWatch knows', () => {
    expect(Object.values(METRIC_UNITS).filter((unit) => !['Seconds', 'Count', 'Percent', 'None'].includes(unit))).toEqual([]);
  });
});

describe('the log', () => {
  test('has one line a list, without line ends of its own, whatever names say', () => {
    const line = outcomeLine('arn:anchor', outcome({ change: 'refused', error: new SyncError('CRL_ISSUER_UNKNOWN', 'issued by "CN=a\nb"', true) }));
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      level: 'ERROR',
      event: 'list',
      trustAnchorArn: 'arn:anchor',
      list: 'root',
      name: 'Root list',
      outcome: 'refused',
      reason: 'CRL_ISSUER_UNKNOWN',
      message: 'issued by "CN=a\nb"',
    });
  });

  test('tells what is in order from what somebody should know', () => {
    const level = (more: Partial<ListOutcome>) => JSON.parse(outcomeLine('arn:anchor', outcome(more))).level;
    expect([level({}), level({ warnings: ['hm'] }), level({ warnings: ['hm'], error: new SyncError('THROTTLED', 'later') })]).toEqual(['INFO', 'WARN', 'ERROR']);
  });

  test('names what was removed', () => {
    expect(JSON.parse(removalLine({ crlId: 'id', listId: 'root', trustAnchorArn: 'arn:anchor' }))).toEqual({
      level: 'INFO', event: 'removed', trustAnchorArn: 'arn:anchor', list: 'root', crlId: 'id',
    });
  });
});
