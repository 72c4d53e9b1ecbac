/** The ports file: where a broker listens, for programs that started it on any free port. */
import { unlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Address, formatAddress } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import { writeRuntimeFile } from './runtime-file.js';

/** What is in it. */
export interface Ports {
  readonly natsAddresses: readonly Address[];
  readonly monitorAddress: Address | undefined;
  readonly websocketAddress?: Address | undefined;
  readonly leafAddress?: Address | undefined;
  /** Whether WebSockets are served over TLS. */
  readonly isWebSocketTls?: boolean;
  /** Whether NATS clients must speak TLS. */
  readonly isTls: boolean;
  /** Whether the monitor speaks HTTPS. */
  readonly isMonitorTls?: boolean;
}

/** An address as URLs; that of every interface once for each. */
function urls(scheme: string, { host, port }: Address): string[] {
  const isEvery = host === '0.0.0.0' || host === '::';
  const hosts = isEvery
    ? Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
    : [host];
  return hosts.map((each) => `${scheme}://${formatAddress({ host: each, port })}`);
}

/** The JSON that nats-server writes; what does not listen is left out. */
export function portsJson(ports: Ports): string {
  const { natsAddresses, monitorAddress, websocketAddress, leafAddress, isTls } = ports;
  const { isWebSocketTls = false, isMonitorTls = false } = ports;
  const nats = natsAddresses.flatMap((address) => urls(isTls ? 'tls' : 'nats', address));
  const monitoring = monitorAddress ? urls(isMonitorTls ? 'https' : 'http', monitorAddress) : [];
  const websocket = websocketAddress ? urls(isWebSocketTls ? 'wss' : 'ws', websocketAddress) : [];
  const leafnodes = leafAddress ? urls('nats-leaf', leafAddress) : [];
  return JSON.stringify({
    ...(nats.length > 0 ? { nats } : {}),
    ...(monitoring.length > 0 ? { monitoring } : {}),
    ...(websocket.length > 0 ? { websocket } : {}),
    ...(leafnodes.length > 0 ? { leafnodes } : {}),
  });
}

/**
 * Writes `<prefix>_<pid>.ports` to a directory, all of it at once, so that the file can be read as soon as it exists.
 * @returns removes the file again; never throws
 * @throws SluiceError LOG_UNWRITABLE
 */
export function writePortsFile(directory: string, prefix: string, pid: number, ports: Ports): () => void {
  const name = `${prefix}_${pid}.ports`;
  const path = join(directory, name);
  try {
    writeRuntimeFile(path, portsJson(ports));
  } catch (error) {
    const message = `ports_file_dir = ${JSON.stringify(directory)}: ${readErrorText(error)}`;
    throw new SluiceError('LOG_UNWRITABLE', message, { cause: error });
  }
  return () => {
    try {
      unlinkSync(path);
    } catch {
      // Gone already, or the directory is read-only by now: the file of a dead process does no harm.
    }
  };
}
