/** Reads the permission bits of files. */

/** Who beside the owner may do what with a file. */
export interface Permissions {
  /** As `ls` and `chmod` know them: `0640`. */
  readonly octal: string;
  /** In words (`its group`, `others`), those who may read it. */
  readonly readers: readonly string[];
  /** Those who may write to it. */
  readonly writers: readonly string[];
}

/** @param mode permission bits, such as 0o640 */
export function readPermissions(mode: number): Permissions {
  const classes = [['its group', Math.floor(mode / 8) % 8], ['others', mode % 8]] as const;
  return {
    octal: mode.toString(8).padStart(4, '0'),
    readers: classes.filter(([, bits]) => bits >= 4).map(([name]) => name),
    writers: classes.filter(([, bits]) => bits % 4 >= 2).map(([name]) => name),
  };
}

/** A command for people to copy, with the path in quotes where a shell would take it apart. */
export function chmod(change: string, path: string): string {
  return `chmod ${change} ${/^[\w./:@%+,-]+$/.test(path) ? path : `'${path.replaceAll('\'', '\'\\\'\'')}'`}`;
}
