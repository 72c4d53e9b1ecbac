const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a file',
  ENXIO: 'a pipe without a reader',
};

/** The text for an error that a file operation has thrown: a few words for what is common, else Node's own message. */
export function readErrorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return TEXTS[code ?? ''] ?? message;
}
