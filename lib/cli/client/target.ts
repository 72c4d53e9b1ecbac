/** Where a client connects to. */
import { parseAddress, parseHost } from '../../domain/address.js';
import { SluiceError } from '../../domain/errors.js';

/** One broker, and what its URL says of the login. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** Whether the URL insists on TLS. */
  readonly tls: boolean;
}

/** NATS's own. */
const DEFAULT_PORT = 4222;

function wrong(text: string, what: string): SluiceError {
  // What stands before the @ may be a secret.
  const shown = text.replace(/^(\w+:\/\/)?.*@/s, '$1…@');
  return new SluiceError(
    'USAGE',
    `${shown}: ${what}, allowed: nats://[user:password@]host[:port], or tls://…`,
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads `nats://user:password@host:port`, each part but the host optional; a user without a password is a token, as
 * with all NATS clients.
 * @throws SluiceError USAGE
 */
export function parseTarget(text: string): Target {
  const [, scheme = 'nats', , login, place = ''] =
    /^(?:([a-z]+):\/\/)?((.*)@)?([^@/]*)\/?$/is.exec(text.trim()) ?? [];
  if (!/^(?:nats|tls)$/i.test(scheme)) throw wrong(text, 'not the URL of a broker');
  const hasPort = /:\d+$/.test(place) && (place.startsWith('[') || place.split(':').length === 2);
  const address = hasPort ? parseAddress(place, '127.0.0.1') : undefined;
  const host = hasPort ? address?.host : parseHost(place);
  const port = hasPort ? address?.port : DEFAULT_PORT;
  if (!host || !port || place.startsWith(':')) throw wrong(text, 'no host and port');
  const colon = login?.indexOf(':') ?? -1;
  const name = login === undefined ? undefined : decoded(colon < 0 ? login : login.slice(0, colon));
  const password = login === undefined || colon < 0 ? undefined : decoded(login.slice(colon + 1));
  if (login !== undefined && (name === undefined || (colon >= 0 && password === undefined)))
    throw wrong(text, 'the login is not percent-encoded');
  return {
    host,
    port,
    user: colon < 0 ? undefined : name,
    password,
    token: colon < 0 ? name : undefined,
    tls: /^tls$/i.test(scheme),
  };
}

/** The brokers of a list with commas, to be tried one after the other. Throws SluiceError USAGE. */
export function parseTargets(text: string): readonly Target[] {
  return text.split(',').map(parseTarget);
}
