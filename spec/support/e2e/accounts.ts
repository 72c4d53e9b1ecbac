/** Three accounts that use each other's streams and services, for the specs of accounts. */
import type { SettingsInput } from '../../../lib/config.js';
import { type Client, type Harness, type Over, QUIET } from '../harness.js';

/** Users are named after their account: `a` and `a2` are in A. */
export const ACCOUNTS: SettingsInput = {
  authorization: { no_auth_user: 'a2' },
  accounts: {
    A: {
      users: [
        { user: 'a', password: 'p' },
        { user: 'a2', password: 'p' },
      ],
      exports: [
        { stream: 's.>' },
        { stream: 'priv.*', accounts: ['B'] },
        { stream: 'req.>' },
        { service: 'req.>' },
        { service: 'str.*', response_type: 'Stream' },
        { service: 'chunk', response_type: 'Chunked' },
      ],
      imports: [{ service: { account: 'A', subject: 'req.one' }, to: 'self' }],
    },
    B: {
      users: [
        { user: 'b', password: 'p' },
        { user: 'b2', password: 'p' },
      ],
      exports: [{ stream: 's.x.>' }, { service: 'req.one' }],
      imports: [
        { stream: { account: 'A', subject: 's.x.>' } },
        { stream: { account: 'A', subject: 's.p.*' }, prefix: 'pre' },
        { stream: { account: 'A', subject: 's.t.*.*' }, to: 'to.$2.$1' },
        { stream: { account: 'A', subject: 's.one' }, to: 'two.local' },
        { stream: { account: 'A', subject: 'priv.*' } },
        { service: { account: 'A', subject: 'req.one' } },
        { service: { account: 'A', subject: 'req.two' }, to: 'two.local' },
        { service: { account: 'A', subject: 'req.w.*' }, to: 'w.*' },
        { service: { account: 'A', subject: 'str.*' } },
        { service: { account: 'A', subject: 'chunk' } },
      ],
    },
    C: {
      users: [{ user: 'c', password: 'p' }],
      imports: [
        { stream: { account: 'B', subject: 's.x.>' } },
        { stream: { account: 'A', subject: 'req.>' } },
        { service: { account: 'B', subject: 'req.one' }, to: 'c.one' },
      ],
    },
  },
};

/** CONNECT options of a user who wants to hear of everything. */
export function options(user: string, more: object = {}): Record<string, unknown> {
  return { ...QUIET, headers: true, no_responders: true, user, pass: 'p', ...more };
}

/** A NATS client logged in as `user`. */
export function login(
  harness: Harness,
  user: string,
  over: Over = 'pair',
  more: object = {},
): Promise<Client> {
  return harness.connect('nats', { over, options: options(user, more) });
}

/** How the requester's round trip time is written, in nanoseconds. */
export const ROUND_TRIP = /,"rtt":\d+(?=\})/;

/**
 * What a request to a service of A from B looks like to who answers it; `reply` is where the answer goes. The round trip
 * time of the requester, which differs each time, is left out of `body`.
 */
export function requestOf(frame: string): {
  readonly subject: string;
  readonly reply: string;
  readonly body: string;
} {
  const [, subject = '', , reply = ''] = frame.split(' ');
  return { subject, reply, body: frame.slice(frame.indexOf('\n') + 1).replace(ROUND_TRIP, '') };
}

/** A header block that says where a request is from, as it comes to a service. */
export function info(json: string, ...fields: string[]): string {
  return ['NATS/1.0', ...fields, `Nats-Request-Info: ${json}`, '', ''].join('\r\n');
}
