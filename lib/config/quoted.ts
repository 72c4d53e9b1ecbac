/** What stands for a secret. */
export const MASK = '********';

/** Text as TOML has it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
