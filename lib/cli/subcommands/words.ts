/** Words of subcommands that are clients. */
import { isLiteralSubject, isValidSubject } from '../../domain/subject.js';
import { fieldIn, renderHeaders } from '../client/headers.js';
import type { Options } from './options.js';

/**
 * A subject, or a pattern with `*` and `>`.
 * @throws SluiceError USAGE
 */
export function subjectIn(word: string, options: Options, kind: 'literal' | 'pattern'): string {
  const isValid = kind === 'literal' ? isLiteralSubject(word) : isValidSubject(word);
  if (isValid && !/\s/.test(word)) return word;
  const allowed = kind === 'literal' ? 'as in orders.new' : 'as in orders.* or orders.>';
  throw options.wrong(
    `${JSON.stringify(word)}: not a subject, allowed: words with dots between them, ${allowed}`,
  );
}

/** The header block of `--header`; undefined: none. Throws SluiceError USAGE. */
export function headersIn(options: Options): Buffer | undefined {
  const fields = options.all('header').map((text) => {
    const field = fieldIn(text);
    if (field === undefined)
      throw options.wrong(`--header ${JSON.stringify(text)}: not a header, allowed: name:value`);
    return field;
  });
  return fields.length === 0 ? undefined : renderHeaders(fields);
}
