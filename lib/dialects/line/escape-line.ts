import { asBuffer } from '../../frame/as-buffer.js';

/**
 * Text that cannot forge a line: CR and LF as the two characters `\r` and `\n`, invalid UTF-8 as U+FFFD. The way
 * back is lost on purpose; clients that need bytes use the NATS protocol.
 */
export function escapeLine(text: string | Uint8Array): string {
  const decoded = typeof text === 'string' ? text : asBuffer(text).toString('utf8');
  return decoded.replace(/\r/g, '\\r').replace(/\n/g, '\\n');
}
