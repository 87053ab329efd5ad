/** Sets the credentials of a profile in the text of AWS's shared credentials file, and leaves everything else in it as it is. */
import { CredentialsError } from '../../src/credentials/errors';
import { SignerError } from '../errors';

/** What a profile gets. */
export interface ProfileCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A line and how it ends; the last one of a file may have no end. */
interface Line {
  readonly text: string;
  readonly end: string;
}

/** What a line is to those who read the file. */
type Kind = 'blank' | 'comment' | 'header' | 'option' | 'continuation' | 'other';

/** A line of the file, as Python's configparser takes it, which the AWS CLI and boto3 read the file with. */
interface ReadLine extends Line {
  readonly kind: Kind;
  /** How many blanks it begins with. */
  readonly indent: number;
  /** Which section it is in, by number from 0; -1 before the first. */
  readonly section: number;
  /** Name of the option that it is, or goes on with; lower case, as names are read. */
  readonly option: string | undefined;
}

/** Name of the section's profile, by its number. */
interface ReadFile {
  readonly lines: readonly ReadLine[];
  readonly profiles: readonly string[];
}

/** White space within a line. The file is handled octet by octet, so that none of it is lost that is not UTF-8. */
const BLANKS = ' \t\v\f\x1c\x1d\x1e\x1f';

const UTF8_MARK = '\xef\xbb\xbf';
const UTF16_MARKS = ['\xff\xfe', '\xfe\xff'];

/** A name that would not come out of the file as it went in. */
const BAD_PROFILE = /[\p{Cc}\p{Zl}\p{Zp}[\]]|^\s|\s$|\s[#;]|^$/u;

/** Credentials are printable ASCII without blanks. Anything else could make more of a line than one value. */
const GOOD_VALUE = /^[\x21-\x7e]+$/;

/**
 * The file's new content.
 *
 * A section of the profile is looked for by its name, with or without blanks in the brackets; where there is none, it is added at the end.
 * Where there are several, which some programs merge and others refuse, all get the new values. `aws_security_token`, which boto3 prefers to
 * `aws_session_token`, gets the token as well where it is there.
 *
 * @param content what is in the file now; empty for a new one
 * @param path of the file, for messages
 * @throws SignerError `FILE_NOT_WRITTEN` where it cannot be done without loss, `USAGE` where the profile cannot have that name
 * @throws CredentialsError `UNEXPECTED_RESPONSE` where the credentials are not what credentials look like
 */
export function setProfileCredentials(content: Uint8Array, profile: string, credentials: ProfileCredentials, path: string): Uint8Array {
  checkProfile(profile);
  const text = Buffer.from(content).toString('latin1');
  if (UTF16_MARKS.some((mark) => text.startsWith(mark))) {
    throw notEditable(path, 'it is in UTF-16, which AWS\'s tools do not read; save it as UTF-8');
  }
  const mark = text.startsWith(UTF8_MARK) ? UTF8_MARK : '';
  const edited = edit(text.substring(mark.length), Buffer.from(profile, 'utf8').toString('latin1'), valuesOf(credentials), path);
  return Buffer.from(mark + edited, 'latin1');
}

/** @throws SignerError `USAGE` where a profile cannot have that name */
export function checkProfile(profile: string): void {
  if (BAD_PROFILE.test(profile)) {
    throw new SignerError('USAGE', `${JSON.stringify(profile.substring(0, 80))} is no name of a profile: it has no brackets, no control characters, no `
      + 'blanks at its ends, and no # or ; after a blank');
  }
}

function valuesOf({ accessKeyId, secretAccessKey, sessionToken }: ProfileCredentials): ReadonlyMap<string, string> {
  const values = new Map([['aws_access_key_id', accessKeyId], ['aws_secret_access_key', secretAccessKey], ['aws_session_token', sessionToken]]);
  const bad = [...values].find(([, value]) => !GOOD_VALUE.test(value));
  if (bad) {
    throw new CredentialsError('UNEXPECTED_RESPONSE', `the endpoint returned a value for ${bad[0]} that has other characters than credentials have`);
  }
  return values;
}

function edit(text: string, profile: string, values: ReadonlyMap<string, string>, path: string): string {
  const { lines, profiles } = readLines(text);
  const lineEnd = lines.find(({ end }) => end !== '')?.end ?? '\n';
  const sections = [...profiles.keys()].filter((section) => profiles[section] === profile);
  if (sections.length === 0) {
    return textOf([...ended(lines, lineEnd), ...newSection(lines, profile, values, lineEnd)]);
  }
  const present = lines.filter(({ kind, section, option = '' }) => kind === 'option' && sections.includes(section) && values.has(option));
  const missing = [...values].filter(([name]) => !present.some(({ option }) => option === name));
  const edited = lines.flatMap((line, i) => (sections.includes(line.section) ? editLine(line, i, values, path) : [line]));
  return textOf(missing.length === 0 ? edited : insert(edited, present[0]?.section ?? sections[0], missing, lineEnd));
}

/** The line with the new value, no line where it goes on with the old one, and itself otherwise. */
function editLine(line: ReadLine, index: number, values: ReadonlyMap<string, string>, path: string): ReadLine[] {
  const { kind, option = '' } = line;
  const value = values.get(option === 'aws_security_token' ? 'aws_session_token' : option);
  if (value === undefined || !['option', 'continuation'].includes(kind)) {
    return [line];
  }
  if (kind === 'continuation') {
    if (/^[a-z]\w*\s*=\s*[^\s=]/i.test(trimmed(line.text))) {
      throw notEditable(path, `line ${index + 1} is indented below ${option}: some programs read it as a setting, and boto3 as a part of that value; `
        + 'remove its indentation');
    }
    return [];
  }
  const indent = line.text.substring(0, line.indent);
  // Others than boto3 want the name in lower case and an equals sign.
  const beforeValue = /^([a-z_]+[ \t]*=[ \t]*)[^ \t]/.exec(line.text.substring(line.indent))?.[1] ?? `${option} = `;
  return [{ ...line, text: indent + beforeValue + value }];
}

/** Puts options at the end of a section, before blank lines and comments that belong to what follows. */
function insert(lines: readonly ReadLine[], section: number, values: Iterable<readonly [string, string]>, lineEnd: string): Line[] {
  const last = lines.reduce((found, line, i) => (line.section === section && hasContent(line) ? i : found), -1);
  const options = [...values].map(([name, value]) => optionLine(indentAfter(lines, last), name, value, lineEnd));
  return [...ended(lines.slice(0, last + 1), lineEnd), ...options, ...lines.slice(last + 1)];
}

/**
 * The indentation of an option after a line. What is indented deeper than an option before it goes on with that option's value, so it must
 * neither be deeper than the option before nor less deep than the section after.
 */
function indentAfter(lines: readonly ReadLine[], index: number): string {
  const options = lines.slice(0, index + 1).filter(({ kind, section }) => section === lines[index].section && kind === 'option');
  const neighbour = options.pop() ?? lines.slice(index + 1).find(hasContent) ?? lines[index];
  return neighbour.text.substring(0, neighbour.indent);
}

function hasContent({ kind }: ReadLine): boolean {
  return kind !== 'blank' && kind !== 'comment';
}

function newSection(before: readonly Line[], profile: string, values: Iterable<readonly [string, string]>, lineEnd: string): Line[] {
  const isAfterBlank = before.length === 0 || trimmed(before[before.length - 1].text) === '';
  return [
    ...(isAfterBlank ? [] : [{ text: '', end: lineEnd }]),
    { text: `[${profile}]`, end: lineEnd },
    ...[...values].map(([name, value]) => optionLine('', name, value, lineEnd)),
  ];
}

function optionLine(indent: string, name: string, value: string, end: string): Line {
  return { text: `${indent}${name} = ${value}`, end };
}

/** The lines, the last of them with an end. */
function ended(lines: readonly Line[], lineEnd: string): Line[] {
  return lines.map(({ text, end }, i) => ({ text, end: i === lines.length - 1 ? end || lineEnd : end }));
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join('');
}

/** Reads the lines by the rules of Python's configparser. */
function readLines(text: string): ReadFile {
  const profiles: string[] = [];
  let option: string | undefined;
  let optionIndent = 0;
  const lines = splitLines(text).map((line): ReadLine => {
    const content = trimmed(line.text);
    const indent = content === '' ? line.text.length : line.text.indexOf(content[0]);
    const read = (kind: Kind): ReadLine => ({ text: line.text, end: line.end, kind, indent, section: profiles.length - 1, option });
    if (content === '' || content.startsWith('#') || content.startsWith(';')) {
      return read(content === '' ? 'blank' : 'comment');
    }
    if (option !== undefined && indent > optionIndent) {
      return read('continuation');
    }
    optionIndent = indent;
    const profile = profileOf(content);
    if (profile !== undefined) {
      profiles.push(profile);
      option = undefined;
      return read('header');
    }
    const name = profiles.length === 0 ? undefined : optionName(content);
    if (name === undefined) {
      return read('other');
    }
    option = name;
    return read('option');
  });
  return { lines, profiles };
}

function splitLines(text: string): Line[] {
  const parts = text.split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    if (parts[i] !== '' || i + 1 < parts.length) {
      lines.push({ text: parts[i], end: parts[i + 1] ?? '' });
    }
  }
  return lines;
}

/** The name in a section's header, without a comment behind it. */
function profileOf(content: string): string | undefined {
  if (!content.startsWith('[')) {
    return undefined;
  }
  const comment = /[ \t][#;]/.exec(content)?.index ?? content.length;
  const end = [content.lastIndexOf(']', comment), content.lastIndexOf(']')].find((index) => index > 1);
  return end === undefined ? undefined : trimmed(content.substring(1, end));
}

/** What is before the first delimiter, in lower case; undefined where there is no delimiter, or nothing before it. */
function optionName(content: string): string | undefined {
  const end = content.search(/[=:]/);
  return end < 1 ? undefined : trimmed(content.substring(0, end)).toLowerCase();
}

/** Without blanks at its ends. `trim` would take octets of letters for blanks. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && BLANKS.includes(text[start])) {
    start++;
  }
  while (end > start && BLANKS.includes(text[end - 1])) {
    end--;
  }
  return text.substring(start, end);
}

function notEditable(path: string, why: string): SignerError {
  return new SignerError('FILE_NOT_WRITTEN', `the credentials file ${path} was not written: ${why}`);
}
