/**
 * How nats-server words what sluice logs too. Programs that start a server wait for some of these lines, and look for
 * others in its log; so the `nats` format has them word for word.
 */

import { type Address, formatAddress } from '../domain/address.js';
import { ACCOUNT_IS_FULL } from '../domain/close-reason.js';
import { NATS_DIALECT } from '../domain/dialect-name.js';
import { NATS_LEVEL } from '../version.js';

/** Fields of a log line, without time, level and message. */
export type Fields = Readonly<Record<string, unknown>>;

/** Messages of a line, several where nats-server has several, and what is left of its fields. */
interface Phrased {
  readonly messages: readonly string[];
  readonly rest: Fields;
  /** The level nats-server gives it, where that is another one. */
  readonly level?: string;
}

/** Go's names of the signals. */
const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGQUIT: 'quit',
  SIGTERM: 'terminated',
  SIGUSR1: 'user defined signal 1',
  SIGUSR2: 'user defined signal 2',
};

function trapped(signal: unknown): string {
  return `Trapped "${SIGNAL_NAMES[String(signal)] ?? signal}" signal`;
}

const phrases: Readonly<Record<string, (fields: Fields) => Phrased>> = {
  starting: ({ id, name = id, ...rest }) => ({
    messages: [
      'Starting nats-server',
      `  Version:  ${NATS_LEVEL}`,
      '  Git:      [not set]',
      `  Name:     ${name}`,
      `  ID:       ${id}`,
    ],
    rest,
  }),
  listening: ({ host, port, dialect, transport, tls, ...rest }) => {
    const where = formatAddress({ host, port } as Address);
    const isSecured = tls === true;
    if (dialect === 'monitor' || dialect === 'http')
      return { messages: [`Starting ${isSecured ? 'https' : 'http'} monitor on ${where}`], rest };
    if (transport === 'websocket')
      return {
        messages: [`Listening for websocket clients on ${isSecured ? 'wss' : 'ws'}://${where}`],
        rest,
      };
    const what = dialect === NATS_DIALECT ? 'client' : `${dialect}`;
    return { messages: [`Listening for ${what} connections on ${where}`], rest };
  },
  ready: (rest) => ({ messages: ['Server is ready'], rest }),
  'shutting down': ({ signal, ...rest }) => ({ messages: [trapped(signal), 'Initiating Shutdown...'], rest }),
  'entering lame duck mode': ({ signal, ...rest }) => ({
    messages: [trapped(signal), 'Entering lame duck mode, stop accepting new clients'],
    rest,
  }),
  stopped: (rest) => ({ messages: ['Server Exiting..'], rest }),
  'log file reopened': (rest) => ({ messages: ['File log re-opened'], rest }),
  'log file not reopened: it is standard error': (rest) => ({
    messages: ['File log re-open ignored, not a file logger'],
    rest,
  }),
  'log file rotated': ({ file, ...rest }) => ({
    messages: [`Rotated log, backup saved as ${JSON.stringify(file)}`],
    rest,
  }),
  'old log file removed': ({ file, ...rest }) => ({
    messages: [`Purged log file ${JSON.stringify(file)}`],
    rest,
  }),
  // As nats-server 2.15 has it.
  'login refused': ({ peer, connection, kind, user, reason, ...others }) => {
    const client = `${peer} - cid:${connection}`;
    if (reason === ACCOUNT_IS_FULL)
      return { messages: [`${client} - ${ACCOUNT_IS_FULL}`], rest: {}, level: 'error' };
    const who = kind === undefined ? '' : ` - ${kind} "${user ?? ''}"`;
    return {
      messages: [`${client} - authentication error${who}`],
      rest: { reason, ...others },
      level: 'error',
    };
  },
  'maximum connections exceeded, refused': ({ peer, connection, limit, count, maxConnections }) => ({
    messages: [
      `${connection === undefined ? '' : `${peer} - cid:${connection} - `}maximum connections exceeded`,
    ],
    rest: {
      ...(Number(count) > 1 && { count }),
      ...(limit === 'limits.max_connections' ? {} : { limit, maxConnections }),
    },
    level: 'error',
  }),
  'TLS handshakes come too fast, refused some': ({ count, limit: _, ...rest }) => ({
    messages: [`Rejected ${count} connections due to TLS rate limiting`],
    rest,
  }),
  'configuration reloaded': ({ changed, ...rest }) => ({
    messages: [
      ...(Array.isArray(changed) ? changed.map((each) => `Reloaded: ${each}`) : []),
      'Reloaded server configuration',
    ],
    rest,
  }),
  'configuration not reloaded': ({ reason, ...rest }) => ({
    messages: [`Failed to reload server configuration: ${reason}`],
    rest,
  }),
};

/** A message in nats-server's words; as it is where nats-server has no like. */
export function phrased(message: string, fields: Fields): Phrased {
  const phrase = Object.hasOwn(phrases, message) ? phrases[message] : undefined;
  return phrase?.(fields) ?? { messages: [message], rest: fields };
}
