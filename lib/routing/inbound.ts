import type { CommandBatch } from '../frame/command.js';
import type { Client } from './client.js';

/** One read of one client, on its way through the core. */
export interface Inbound {
  readonly client: Client;
  readonly batch: CommandBatch;
  /** The first row that is to be taken. */
  readonly from: number;
  /** The row after the last one; undefined: all rows. */
  readonly to?: number;
}
