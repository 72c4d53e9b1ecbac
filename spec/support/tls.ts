/** Brokers with TLS, and peers that come to it step by step. */
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../lib/config/shapes.js';
import type { Config } from '../../lib/config.js';
import { Authority, credentialFiles, pemFile } from './certificates.js';
import { duplexPair } from './duplex-pair.js';
import { Harness, type Over } from './harness.js';
import { type DialectName, Peer } from './peer.js';
import { soon } from './until.js';

/** Who signs what specs trust. */
export const AUTHORITY = new Authority();
export const AUTHORITY_FILE = pemFile(AUTHORITY.cert);
const SERVER_FILES = credentialFiles(AUTHORITY.issueServer());

/** A configuration with a good certificate, clients of the same authority, and time enough for any handshake. */
export function tlsConfig(more: Partial<TlsConfig> = {}): TlsConfig {
  return {
    ...SERVER_FILES,
    caFile: AUTHORITY_FILE,
    verify: false,
    verifyAndMap: false,
    pinnedCerts: [],
    allowNonTls: false,
    handshakeFirst: false,
    timeoutMs: 10_000,
    handshakeRate: 0,
    minVersion: 'TLSv1.2',
    cipherSuites: [],
    curvePreferences: [],
    ...more,
  };
}

/** Starts a broker with TLS for both dialects. */
export function startTls(
  tls: Partial<TlsConfig> = {},
  settings: Parameters<typeof Harness.start>[0] = {},
  replacements?: Parameters<typeof Harness.start>[2],
): Promise<Harness> {
  const adjust = (config: Config) => {
    const adjusted: Config & { readonly tls: TlsConfig } = {
      ...config,
      tls: tlsConfig(tls),
      line: { ...config.line, tls: true } as Config['line'],
    };
    return adjusted;
  };
  return Harness.start(settings, adjust, replacements);
}

/** The near end of a wire to the broker, on which nothing has been said or read; cut off when the harness stops. */
export async function dial(harness: Harness, over: Over, dialect: DialectName = 'nats'): Promise<Duplex> {
  const wire = over === 'pair' ? attach(harness, dialect) : await connectTo(harness, dialect);
  harness.wires.push(wire);
  return wire;
}

function attach(harness: Harness, dialect: DialectName): Duplex {
  const [near, far] = duplexPair();
  harness.broker.attach(far, dialect);
  return near;
}

async function connectTo({ broker }: Harness, dialect: DialectName): Promise<Duplex> {
  const { host, port } = (dialect === 'nats' ? broker.natsAddress : broker.lineAddress)!;
  const socket = connectSocket({ host, port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

export type Info = Readonly<Record<string, unknown>>;

/** What an INFO says of TLS and authentication. */
export function securityFields(info: Info | string): Info {
  const parsed = typeof info === 'string' ? (JSON.parse(info.replace(/^INFO /, '')) as Info) : info;
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => /^(tls|auth)_/.test(key)));
}

/** Reads INFO in the clear and leaves what comes after it. */
export async function readInfo(wire: Duplex): Promise<Info> {
  let text = '';
  while (!text.includes('\n')) {
    const chunk = wire.read() as Buffer | null;
    if (chunk === null) await soon('INFO', once(wire, 'readable'));
    else text += chunk.toString('latin1');
  }
  if (!/^INFO \{.*\} ?\r\n$/.test(text)) throw new Error(`no INFO alone: ${text}`);
  return JSON.parse(text.slice(5)) as Info;
}

/** The client's part of a handshake; rejects if there is none to be had. */
export async function handshake(wire: Duplex, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const stream = connect({ socket: wire as never, ca: AUTHORITY.cert, servername: 'localhost', ...options });
  stream.on('error', () => {}); // of a wire that is cut off, which may be right after the handshake; 'close' follows
  await soon('the handshake', once(stream, 'secureConnect'));
  return stream;
}

/** A peer in TLS, and the INFO it was given in the clear. */
export interface Upgraded {
  readonly info: Info;
  readonly stream: TLSSocket;
  readonly peer: Peer;
}

/** Connects as most clients do: INFO, handshake; then, unless told not to, CONNECT. */
export async function upgrade(
  harness: Harness,
  over: Over = 'socket',
  { options, connects = true }: { readonly options?: ConnectionOptions; readonly connects?: boolean } = {},
): Promise<Upgraded> {
  const wire = await dial(harness, over);
  const info = await readInfo(wire);
  const stream = await handshake(wire, options);
  const peer = new Peer(stream, 'nats');
  peer.answersPings = true;
  if (connects) await peer.send('CONNECT {"verbose":false,"pedantic":false}\r\n').settle();
  return { info, stream, peer };
}
