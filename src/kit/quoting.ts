/** Writes texts such that the programs that read a kit's files get them back as they were. */

/** A word for POSIX shells, and for SDKs, which split `credential_process` in a shell or as one would. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

/** A word for cmd.exe and for programs that split their command line as the C runtime does; the text has no quotes in it. */
export function windowsWord(text: string): string {
  return /^[\w@+=:,.\\/-]+$/u.test(text) ? text : `"${text}"`;
}

/** A literal of PowerShell. */
export function powershellLiteral(text: string): string {
  // Other than in POSIX shells, typographic apostrophes end it too.
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/gu, '$&$&')}'`;
}

/** The first word of systemd's `ExecStart`, in which % and quotes have a meaning, and $ has none (systemd.service(5), systemd.unit(5)). */
export function systemdProgram(text: string): string {
  const escaped = text.replaceAll('%', '%%');
  return /^[\w@%+=:,./-]+$/u.test(escaped) ? escaped : `"${escaped.replace(/["\\]/gu, '\\$&')}"`;
}

/** Another word of it, in which $ has a meaning too. */
export function systemdWord(text: string): string {
  return systemdProgram(text.replaceAll('$', '$$$$'));
}

/** The rest of a line of a systemd unit that is one path. */
export function systemdPath(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A text in XML. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A scalar in YAML: every JSON string is one, as long as it has no line separators of Unicode as they are. */
export function yamlText(text: string): string {
  return JSON.stringify(text).replace(/[\u0085\u2028\u2029\ufeff]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Several lines, indented for a block of YAML. */
export function indented(text: string, blanks: number): string {
  return text.replace(/^(?=.)/gmu, ' '.repeat(blanks));
}
