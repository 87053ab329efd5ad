/** Tells paths that depend on the working directory from those that do not. */

/** Whether a path counts from the working directory, on POSIX systems or on Windows. */
export function isRelativePath(path: string): boolean {
  return !/^(?:[\\/]|[a-z]:[\\/])/i.test(path);
}

/** What to add to the message that a file does not exist; nothing where its path is absolute. */
export function relativePathHint(path: string): string {
  return isRelativePath(path) ? ' (relative paths count from the working directory)' : '';
}
