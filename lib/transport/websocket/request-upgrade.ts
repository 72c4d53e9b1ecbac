import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request as requestOf } from 'node:http';
import { CLOCK, type Clock } from '../../domain/clock.js';
import type { Wire } from '../wire.js';
import { acceptOf, NO_MASKING } from './upgrade.js';
import { WebSocketStream } from './websocket-stream.js';
import { WebSocketWire } from './websocket-wire.js';

/** What a WebSocket is asked for with. */
export interface UpgradeTarget {
  /** Of the URL, with its port. */
  readonly host: string;
  readonly path: string;
  /** Whether frames to the server are to go unmasked, if the server is a nats-server or sluice and agrees. */
  readonly avoidsMasks: boolean;
  /** Time for the answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of asking for a WebSocket: exactly one of these is called, once, unless it is cancelled. */
export interface UpgradeOutcome {
  /** Errors of the wire's stream must be listened to before this returns. */
  upgraded(wire: Wire): void;
  failed(error: Error): void;
}

/** Asks the server at the other end of a wire for a WebSocket. Returns what cancels that; the wire stays open then. */
export function requestUpgrade(
  below: Wire,
  { host, path, avoidsMasks, timeoutMs }: UpgradeTarget,
  { upgraded, failed }: UpgradeOutcome,
  clock: Clock = CLOCK,
): () => void {
  const key = randomBytes(16).toString('base64');
  let isOver = false;
  const end = (): boolean => {
    const isFirst = !isOver;
    isOver = true;
    stopTimer();
    return isFirst;
  };
  const fail = (error: Error): void => {
    if (end()) failed(error);
  };
  const stopTimer = clock.after(timeoutMs, () =>
    fail(new Error(`no answer to the WebSocket upgrade within ${timeoutMs} ms`)),
  );
  const request = requestOf({
    createConnection: () => below.stream,
    path,
    headers: {
      Host: host,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
      ...(avoidsMasks && { [NO_MASKING]: 'true' }),
    },
  });
  request.on('error', fail);
  request.on('response', ({ statusCode, statusMessage }) =>
    fail(new Error(`no WebSocket there: HTTP status ${statusCode ?? 0} ${statusMessage ?? ''}`)),
  );
  request.on('upgrade', (answer, _stream, head: Buffer) => {
    if (!end()) return;
    const why = faultOf(answer, key);
    if (why !== undefined) return failed(new Error(`the WebSocket upgrade has a wrong answer: ${why}`));
    const isAgreed = avoidsMasks && answer.headers[NO_MASKING.toLowerCase()] === 'true';
    const inner = new WebSocketStream(below, head, { own: !isAgreed, peer: false });
    upgraded(new WebSocketWire(inner, below, { path, credentials: undefined, forwardedFor: undefined }));
  });
  request.end();
  return () => void end();
}

/** What is wrong with a server's answer; undefined: nothing. https://www.rfc-editor.org/rfc/rfc6455#section-4.1 */
function faultOf({ headers }: IncomingMessage, key: string): string | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Upgrade';
  if (headers['sec-websocket-accept'] !== acceptOf(key)) return 'Sec-WebSocket-Accept';
  // None has been asked for.
  return headers['sec-websocket-extensions'] === undefined ? undefined : 'Sec-WebSocket-Extensions';
}
