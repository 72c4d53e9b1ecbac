/** `sluice req`. */
import { randomBytes } from 'node:crypto';
import { SluiceError } from '../../domain/errors.js';
import { printable } from '../../domain/printable.js';
import type { Message } from '../client/client.js';
import { connectFor } from '../client/connect.js';
import { NO_RESPONDERS, parseHeaders } from '../client/headers.js';
import { excerptOf } from '../view/excerpt.js';
import { durationText } from '../view/numbers.js';
import { Output } from '../view/output.js';
import type { Options } from './options.js';
import { payloadIn, roomFor } from './pub.js';
import { printerFor } from './watch.js';
import { headersIn, subjectIn } from './words.js';

const TIMEOUT_MS = 2_000;

/** Whether it is the broker's status for a request without a responder. */
function isNoResponders({ headers, payload }: Message): boolean {
  return payload.length === 0 && headers !== undefined && parseHeaders(headers).status === NO_RESPONDERS;
}

/** Replies alone, a line each: what a terminal may have of them, or all of it where there is none. */
function payloads(output: Output): (message: Message) => void {
  return ({ payload }) => {
    const { text } = excerptOf(payload, Number.POSITIVE_INFINITY);
    if (!output.isTerminal) output.write(payload);
    else output.write(text === undefined ? `hex ${payload.toString('hex')}` : printable(text));
    output.write('\n');
  };
}

/** Resolves to the exit code. Throws SluiceError USAGE, UNREACHABLE, REFUSED, NO_REPLY. */
export async function perform(options: Options): Promise<number> {
  const [word = '', payload] = options.expectWords(1, 2, 'one word too many; is the payload in quotes?');
  const subject = subjectIn(word, options, 'literal');
  const headers = headersIn(options);
  const timeoutMs = options.duration('timeout') ?? TIMEOUT_MS;
  const wanted = options.count('replies', 0) ?? 1;
  const output = new Output();
  const show =
    options.isOn('json') || options.isOn('raw')
      ? printerFor(options, output, Number.POSITIVE_INFINITY)
      : payloads(output);
  const client = await connectFor(options, 'req');
  const body = await payloadIn(payload, roomFor(client, headers));
  const inbox = `_INBOX.${randomBytes(12).toString('hex')}`;
  let count = 0;
  const answered = new Promise<'enough' | 'no responders'>((resolve) => {
    client.subscribe(inbox, (message) => {
      if (isNoResponders(message)) return resolve('no responders');
      show(message);
      if (++count === wanted) resolve('enough');
    });
  });
  client.publish({ subject, reply: inbox, payload: body, ...(headers && { headers }) });
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, timeoutMs, 'late'));
  try {
    const outcome = await Promise.race([answered, late, client.lost]);
    if (outcome === 'no responders')
      throw new SluiceError('NO_REPLY', `${printable(subject)}: no responders: it has no subscribers`);
    if (outcome === 'late' && (count === 0 || count < wanted)) {
      const missing = count === 0 ? 'no reply' : `${count} of ${wanted} replies`;
      throw new SluiceError(
        'NO_REPLY',
        `${printable(subject)}: ${missing} within ${durationText(timeoutMs)}`,
      );
    }
  } finally {
    await output.end();
    client.close();
  }
  return 0;
}
