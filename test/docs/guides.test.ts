/** Holds the guides to the code: what they name is there, and what they say of permissions and defaults is so. */
import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PROJECT, readPage } from './page';
import * as library from '../../src';
import { RULES } from '../../src/checks';
import { MAX_CRL_PEM_BYTES } from '../../src/trust-model/crl-rules';
import { CRLS_PER_ANCHOR, DEFAULT_SESSION_SECONDS, MAX_BUNDLE_LENGTH, MIN_SESSION_SECONDS } from '../../src/trust-model/limits';
import { createRootCa } from '../support/pki';
import { strictApp } from '../support/stack';

const GUIDES = ['README.md', 'quick-start.md', 'revocation.md', 'security-model.md', 'troubleshooting.md'].map((name) => `docs/${name}`);

const codeIn = (page: string) => [...readPage(page).replaceAll(/^ *```[^]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, text]) => text);

describe.each(GUIDES)('%s', (page) => {
  test('names files of this repository that are there', () => {
    const paths = codeIn(page).filter((text) => /^(?:src|signer|lambda|bin|scripts|test|examples|docs)\/[\w./-]+$/.test(text));
    expect(paths.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  test('names rules that there are', () => {
    const ids = [...readPage(page).matchAll(/\bRA\d{3}\b/g)].map(([id]) => id);
    expect(ids.filter((id) => !RULES.some((rule) => rule.id === id))).toEqual([]);
  });

  test('names constructs and members that there are', () => {
    const exported = library as unknown as Record<string, { readonly prototype: object } | undefined>;
    const members = codeIn(page).flatMap((text) => [...text.matchAll(/^([A-Z][a-z]\w+)\.(\w+)\(?/g)].map(([, name, member]) => ({ name, member })))
      .filter(({ name }) => name in exported);
    const missing = members.filter(({ name, member }) => !(member in exported[name]!) && !(member in exported[name]!.prototype));
    expect(missing).toEqual([]);
  });

  /** Not of this library, and written like its classes. */
  const OTHERS = [
    // AWS: calls, metrics, members of templates, log fields
    'CreateSession', 'AccessDeniedException', 'ResourceNotFoundException', 'ThrottlingException', 'DisableTrustAnchor', 'DisableProfile', 'EnableProfile',
    'ImportCrl', 'UpdateCrl', 'DisableCrl', 'PutRolePolicy', 'Invocations', 'Enabled', 'Resources', 'Reason', 'Refused',
    // headers
    'Host', 'Origin', 'Forwarded',
    // alarms by the beginning of their ids
    'Stale', 'Failing', 'RefusedSessions',
    // an inline policy, and what is no Region
    'RolesAnywhereKillSwitch', 'Ireland',
    // other parts of this package
    'RolesAnywhereSimulator', 'SimulatorError', 'RolesAnywhereError',
    // forms and operators
    'StringEquals', 'StringLike',
  ];

  test('names no class that there is not', () => {
    const names = codeIn(page).filter((text) => /^[A-Z][a-z]+[A-Za-z]*$/.test(text));
    expect([...new Set(names)].filter((name) => !(name in library) && !OTHERS.includes(name))).toEqual([]);
  });
});

describe('what the guides say of limits', () => {
  test.each([
    ['docs/revocation.md', `${MAX_CRL_PEM_BYTES.toLocaleString('en')} bytes of PEM`],
    ['docs/revocation.md', CRLS_PER_ANCHOR === 2 ? 'takes two lists' : ''],
    ['docs/revocation.md', DEFAULT_SESSION_SECONDS === 3600 ? 'an hour unless you say otherwise' : ''],
    ['docs/revocation.md', MIN_SESSION_SECONDS === 900 ? '15 minutes is the least' : ''],
    ['docs/troubleshooting.md', `more than ${MAX_BUNDLE_LENGTH.toLocaleString('en')} characters`],
  ])('%s: %s', (page, words) => {
    expect(words).not.toBe('');
    expect(readPage(page).replaceAll(/\s+/g, ' ')).toContain(words);
  });
});

describe('what the guides say of permissions and alarms', () => {
  let template: Template;
  beforeAll(async () => {
    const stack = new Stack(strictApp(), 'Stack');
    const anchor = new library.TrustAnchor(stack, 'Anchor', { source: library.TrustAnchorSource.certificateBundle((await createRootCa('CN=Root')).pem) });
    const host = new library.HostAccess(stack, 'Host', { trustAnchors: [anchor], certificate: library.Subject.commonName('host01') });
    new library.CrlSync(stack, 'Revocation', { trustAnchor: anchor, sources: [library.CrlSource.url('http://pki.example.com/root.crl')] });
    new library.KillSwitch(stack, 'KillSwitch', { trustAnchors: [anchor], profiles: [host.profile], roles: [host.role] });
    new library.RolesAnywhereAlarms(stack, 'Alarms', { trustAnchors: [anchor] });
    template = Template.fromStack(stack);
  });

  interface Statement {
    readonly Action: string | string[];
    readonly Resource: unknown;
    readonly Condition?: object;
    readonly Effect: iam.Effect;
  }

  /** What the policies of a role allow, but for logs and traces. */
  function statements(policy: RegExp): Statement[] {
    return Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => policy.test(id))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
  }

  const actions = (list: readonly Statement[]) => list.flatMap(({ Action }) => Action).filter((action) => !/^(logs|xray|sns):/.test(action)).sort();

  test('the function of CrlSync may do what security-model.md lists, and to lists with its tag only', () => {
    const list = statements(/^Revocation/);
    expect(actions(list)).toEqual([
      'rolesanywhere:DeleteCrl', 'rolesanywhere:EnableCrl', 'rolesanywhere:GetCrl', 'rolesanywhere:GetTrustAnchor', 'rolesanywhere:ImportCrl',
      'rolesanywhere:ListCrls', 'rolesanywhere:ListTagsForResource', 'rolesanywhere:TagResource', 'rolesanywhere:UpdateCrl',
    ]);
    const writing = list.filter(({ Action }) => /(Update|Enable|Delete|Import)Crl|TagResource$/.test([Action].flat().join()));
    expect(writing.map(({ Condition }) => Object.keys(Condition ?? {}))).toEqual([['StringEquals'], ['StringEquals'], ['StringEquals']]);
  });

  test('the kill switch may do what security-model.md lists', () => {
    expect(actions(statements(/^KillSwitch/))).toEqual([
      'iam:DeleteRolePolicy', 'iam:PassRole', 'iam:PutRolePolicy', 'rolesanywhere:DisableProfile', 'rolesanywhere:DisableTrustAnchor',
      'rolesanywhere:EnableProfile', 'rolesanywhere:EnableTrustAnchor',
    ]);
  });

  test('each alarm is in the table of revocation.md, with its threshold', () => {
    const page = readPage('docs/revocation.md');
    const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => (
      { name: id.replace(/^(?:Revocation|Alarms)/, '').replace(/\d?[0-9A-F]{8}$/, ''), threshold: Properties.Threshold }));
    expect(alarms.map(({ name }) => name).sort()).toEqual(['Expiry', 'Failing', 'NearSizeLimit', 'RefusedSessions', 'Stale']);
    const words: Record<string, string> = {
      Expiry: 'within 30 days', Failing: 'at least one run', NearSizeLimit: 'has 80 percent', RefusedSessions: 'ten refusals in 15 minutes', Stale: 'at most 6 hours',
    };
    const thresholds: Record<string, number> = { Expiry: 30, Failing: 1, NearSizeLimit: 80, RefusedSessions: 10, Stale: 6 };
    for (const { name, threshold } of alarms) {
      expect([name, threshold]).toEqual([name, thresholds[name]]);
      expect(new RegExp(`^\\| \`${name}.*${words[name]}`, 'm').test(page)).toBe(true);
    }
  });
});

test('every guide is held to the code', () => {
  const others = ['moving-from-aws-signing-helper.md', 'signer.md', 'hand-over.md'];
  expect(readdirSync(join(PROJECT, 'docs')).filter((name) => name.endsWith('.md') && !others.includes(name)).map((name) => `docs/${name}`).sort()).toEqual([...GUIDES].sort());
  expect(readFileSync(join(PROJECT, 'docs', 'README.md'), 'utf8')).toContain('hand-over.md');
});
