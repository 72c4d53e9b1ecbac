import type { IncomingMessage } from 'node:http';

/** The path of a request, without its query. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return url.replace(/[?#].*$/s, '');
}
