import { aws_logs as logs, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CertificateUseQueries } from '../src';
import { errorCode, newStack, warnings } from './support/stack';

function setUp(): Stack {
  const stack = newStack();
  new CertificateUseQueries(stack, 'Queries', { logGroups: [logs.LogGroup.fromLogGroupName(stack, 'Trail', 'trail')] });
  return stack;
}

/** Lines of a query that may follow one another, each of which begins with a command of Logs Insights. */
const LINE = /^(fields [^|]+|parse .+|filter [^|]+(\/\^[^/]+\/[^|]*)?|stats .+ by .+|sort \S+ desc|limit \d+)$/;

describe('the queries', () => {
  const template = Template.fromStack(setUp());
  const queries = Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);

  test('are over the log group of the trail, in one folder', () => {
    expect(queries.map(({ Name }) => Name)).toEqual([
      'Sessions asked for', 'Sessions refused, by reason and address', 'Certificates used, by serial number', 'What hosts did, by certificate',
      'Certificates used from several addresses', 'Changes of trust anchors, profiles and revocation lists',
    ].map((name) => `IAM Roles Anywhere/${name}`));
    expect(queries.map(({ LogGroupNames }) => LogGroupNames)).toEqual(queries.map(() => ['trail']));
  });

  test.each(queries.map(({ Name, QueryString }) => [Name, QueryString]))('%s has commands that Logs Insights knows, one a line', (_name, query: string) => {
    const lines = query.split('\n').map((line) => line.replace(/^\|\s*/, '').trim());
    lines.forEach((line) => expect(line.replace(/\|/g, '')).toMatch(LINE));
    expect(query.length).toBeLessThanOrEqual(10_000);
  });

  test('find hosts by the source identity and the session name that Roles Anywhere gives', () => {
    const [, , used] = queries;
    expect(used.QueryString.split('\n').map((line: string) => line.trim())).toEqual([
      'parse userIdentity.arn "*:assumed-role/*/*" as prefix, role, serialNumber',
      '| filter ispresent(userIdentity.sessionContext.sourceIdentity)',
      '| filter userIdentity.sessionContext.sourceIdentity like /^(CN=|ID=)/ or serialNumber like /^[0-9a-f]{2,40}$/',
      '| stats count(*) as calls, earliest(eventTime) as since, latest(eventTime) as until by serialNumber, userIdentity.sessionContext.sourceIdentity, role',
      '| sort until desc',
    ]);
  });

  test('of sessions ask for CreateSession of Roles Anywhere, those of changes for all but that and readings', () => {
    const filters = (index: number) => queries[index].QueryString.split('\n').filter((line: string) => line.includes('filter')).map((line: string) => line.trim());
    expect(filters(0)).toEqual(['| filter eventSource = "rolesanywhere.amazonaws.com"', '| filter eventName = "CreateSession"']);
    expect(filters(5)).toEqual([
      '| filter eventSource = "rolesanywhere.amazonaws.com"', '| filter eventName != "CreateSession"', '| filter eventName not like /^(Get|List)/',
    ]);
  });
});

test('a folder can be given, a log group has to be', () => {
  const stack = newStack();
  const trail = new logs.LogGroup(stack, 'Trail');
  new CertificateUseQueries(stack, 'Queries', { logGroups: [trail], folder: 'security/hosts' });
  Template.fromStack(stack).hasResourceProperties('AWS::Logs::QueryDefinition', {
    Name: 'security/hosts/Sessions asked for', LogGroupNames: [stack.resolve(trail.logGroupName)],
  });
  expect(warnings(stack)).toEqual([]);
  expect(errorCode(() => new CertificateUseQueries(stack, 'None', { logGroups: [] }))).toBe('NOTHING_TO_MONITOR');
});
