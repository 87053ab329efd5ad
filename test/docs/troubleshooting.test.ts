/** Holds the page that tells what errors mean to the source: no code or message is missing, and none is there that does not exist. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { PROJECT, readPage, sectionOf } from './page';
import { failureOf, SignerError, SignerErrorCode } from '../../signer/errors';
import { CreateSessionError, CreateSessionErrorCode } from '../../src/create-session/errors';
import { CredentialsError, CredentialsErrorCode } from '../../src/credentials/errors';
import { explainServiceMessage } from '../../src/credentials/response';
import { ServiceErrors } from '../../src/simulator/service-errors';

const PAGE = readPage('docs/troubleshooting.md');

const source = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

/** All of the TypeScript of some folders and files. */
const sources = (...paths: readonly string[]) => paths.flatMap((path) => path.endsWith('.ts') ? [path] : readdirSync(join(PROJECT, path), { recursive: true })
  .map(String).filter((name) => name.endsWith('.ts')).map((name) => join(path, name))).map(source).join('\n');

/** The members of a union of texts. */
function union(path: string, name: string): string[] {
  const [, members] = new RegExp(`^export type ${name} =([^;]*);`, 'm').exec(source(path))!;
  return [...members.replaceAll(/\/\/.*$/gm, '').matchAll(/'([A-Z0-9_]+)'/g)].map(([, code]) => code);
}

/** What stands behind a pattern in the source, each once. */
const found = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, code]) => code))];

/** The tables of a section, as rows of cells. */
function tables(heading: string): string[][][] {
  const blocks = sectionOf(PAGE, heading).match(/(?:^\|.*\n)+/gm) ?? [];
  return blocks.map((block) => block.trimEnd().split('\n').slice(2).map((line) => line.split(' | ').map((cell) => cell.replace(/^\| ?| ?\|$/g, ''))));
}

/** The codes in the first column. */
const codes = (rows: readonly (readonly string[])[]) => rows.flatMap(([first]) => [...first.matchAll(/`([A-Z0-9_]+)`/g)].map(([, code]) => code));

const sorted = (texts: readonly string[]) => [...texts].sort();

const CREDENTIALS = union('src/credentials/errors.ts', 'CredentialsErrorCode');
const CREATE_SESSION = union('src/create-session/errors.ts', 'CreateSessionErrorCode');
const ASSEMBLY = union('src/assembly/errors.ts', 'AssemblyErrorCode');
const X509 = union('src/x509/errors.ts', 'X509ErrorCode');
const CRL_RULES = union('src/trust-model/crl-rules.ts', 'CrlRule');
const SIGNER = found(/const SIGNER_EXIT_CODES = \{([^}]*)\}/.exec(source('signer/errors.ts'))![1], /^ {2}([A-Z_]+):/gm);
const SIMULATOR = found(sources('src/simulator', 'bin'), /new SimulatorError\(\s*'([A-Z_]+)'/g);
const PROBLEMS = found(sources('src/simulator'), /(?:new Unresolved\(|\.note\(|\bcode: )\s*'([A-Z_]+)'/g);

test('the lists are read from the source', () => {
  expect(CREDENTIALS).toContain('SERVICE_REFUSED');
  expect(CREATE_SESSION).toContain('BAD_PARAMETER');
  expect(ASSEMBLY).toContain('TEMPLATE_INVALID');
  expect(X509).toContain('PEM_PRIVATE_KEY');
  expect(CRL_RULES).toContain('CRL_ROLLBACK');
  expect(SIGNER).toContain('COMMAND_NOT_STARTED');
  expect(SIMULATOR).toContain('PORT_IN_USE');
  expect(PROBLEMS).toContain('DYNAMIC_REFERENCE');
});

const [[SIGNER_TABLE], [OWN_TABLE], [ARN_TABLE]] = ['## The signer', '## Tokens, files and servers', '## ARNs, Regions and endpoints'].map(tables);
const [, CHECKS] = tables('## The simulated endpoint');

describe.each<[string, readonly string[], readonly string[]]>([
  ['credentials', codes(SIGNER_TABLE), CREDENTIALS],
  ['the signer', codes(OWN_TABLE), [...SIGNER, 'UNEXPECTED']],
  ['CreateSession', [...codes(ARN_TABLE), ...codes(CHECKS).filter((code) => !codes(ARN_TABLE).includes(code))], CREATE_SESSION],
  ['constructs', codes(tables('## Synthesis')[0]), union('src/private/errors.ts', 'RolesAnywhereErrorCode')],
  ['certificates', codes(tables('## Rules for certificates')[0]), union('src/trust-model/certificate-rules.ts', 'CertificateRule')],
  ['crl-sync', codes(tables('## crl-sync')[0]), union('lambda/crl-sync/errors.ts', 'SyncErrorCode')],
  ['revocation lists', codes(tables('## Rules for revocation lists')[0]), CRL_RULES],
  ['encodings', codes(tables('## Encodings')[0]), X509],
  ['the command', codes(tables('## explain, local and check')[0]), [...new Set([...SIMULATOR, ...ASSEMBLY])]],
  ['what the simulator cannot read', codes(tables('## explain, local and check')[1]), PROBLEMS.filter((code) => !SIMULATOR.includes(code))],
  ['kits', codes(tables('## kit')[0]), union('src/kit/errors.ts', 'KitErrorCode')],
])('codes of %s', (_, onPage, inSource) => {
  test('each is on the page, once, and no other is', () => {
    expect(sorted(onPage)).toEqual(sorted(inSource));
  });
});

describe('exit codes', () => {
  const exitCodes = (rows: readonly (readonly string[])[]) => rows.flatMap((row) => codes([row]).map((code) => [code, Number(row[1])] as const));

  test.each(exitCodes(SIGNER_TABLE))('%s ends with %i', (code, exitCode) => {
    expect(failureOf(new CredentialsError(code as CredentialsErrorCode, '')).exitCode).toBe(exitCode);
  });

  test.each(exitCodes(OWN_TABLE))('%s ends with %i', (code, exitCode) => {
    expect(failureOf(code === 'UNEXPECTED' ? new Error() : new SignerError(code as SignerErrorCode, '')).exitCode).toBe(exitCode);
  });

  test.each(exitCodes(ARN_TABLE))('%s ends with %i', (code, exitCode) => {
    expect(failureOf(new CreateSessionError(code as CreateSessionErrorCode, '')).exitCode).toBe(exitCode);
  });
});

describe('messages of the service', () => {
  const [rows] = tables('## What the service answers');
  const messages = rows.map(([first]) => /^`(.+)`$/.exec(first)![1]);
  const table = /const EXPLANATIONS[^]*?\n\];\n/.exec(source('src/credentials/response.ts'))![0];
  const causes = [...table.matchAll(/^ {2}\[\/.+\/i, \{[^]*?cause: '((?:\\.|[^'\\])*)'/gm)].map(([, text]) => text.replaceAll('\\\'', '\''));

  test('the table is read from the source', () => {
    expect(causes.length).toBe(table.match(/^ {2}\[\//gm)!.length);
    expect(causes.length).toBeGreaterThan(10);
  });

  test('each that the signer explains is on the page, and the page has no other', () => {
    const explained = messages.map((message) => [message, explainServiceMessage(message)?.cause] as const);
    expect(explained.filter(([, cause]) => cause === undefined)).toEqual([]);
    // A long cause is put together of several texts, of which the first is compared.
    const beginnings = explained.map(([, cause]) => causes.find((text) => cause!.startsWith(text)));
    expect(sorted(beginnings.map(String))).toEqual(sorted(causes));
  });

  test('each has a cause, a remedy and a way to check', () => {
    expect(rows.filter((row) => row.length !== 4 || row.some((cell) => cell.length < 5))).toEqual([]);
  });

  test('each that the simulator answers with is on the page', () => {
    const own = tables('## The simulated endpoint')[0].map(([first]) => first);
    const onPage = [...messages, ...own].join('\n');
    expect(Object.values(ServiceErrors).map(({ message }) => message).filter((message) => !onPage.includes(message))).toEqual([]);
  });

  test('the simulator has those of its own that the page names', () => {
    const text = sources('src/simulator');
    const own = tables('## The simulated endpoint')[0].flatMap(([first]) => /^`(.+)`$/.exec(first)![1].split('...').map((part) => part.trim()).filter(Boolean));
    expect(own.filter((part) => !text.includes(part))).toEqual([]);
  });
});

describe('what to check it with', () => {
  test('the page quotes checks of doctor that there are', () => {
    const quoted = [...PAGE.matchAll(/`doctor`, ((?:"[^"]+"(?: and )?)+)/g)].flatMap(([, list]) => [...list.matchAll(/"([^"]+)"/g)].map(([, title]) => title));
    const text = sources('signer/doctor');
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((title) => !text.includes(`'${title}'`))).toEqual([]);
  });

  test('the page quotes steps of explain that there are', () => {
    const quoted = [...PAGE.matchAll(/step "([^"]+)"/g)].map(([, title]) => title);
    expect(quoted.length).toBeGreaterThan(1);
    expect(quoted.filter((title) => !source('src/simulator/step-titles.ts').includes(`'${title}'`))).toEqual([]);
  });
});
