import type { TlsState } from '../connection/connection.js';
import type { CloseReason } from '../domain/close-reason.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Client } from '../routing/client.js';
import type { TransportName } from '../transport/wire.js';

/** A connection, or an end of one in this process. */
export interface Member {
  /** `local`: within this process. It closes at once, and there is no peer to inform. */
  readonly dialect: DialectName | 'local';
  /** What carries its bytes. Stays the same as long as it is open, so that counts by transport never become less. */
  readonly transport: TransportName;
  /** Address of the listener that accepted it; undefined: the program brought it. */
  readonly listener: string | undefined;
  readonly client: Client;
  /** Why it closed, or is closing. */
  readonly reason: CloseReason | undefined;
  readonly tls: TlsState | undefined;
  /** See `Connection`, as for all of these. */
  renew(): void;
  inform(): void;
  informLameDuck(): boolean;
  finishInput(): Promise<void>;
  close(reason: CloseReason): void;
  destroy(reason: CloseReason): void;
}
