import type { CommandBatch } from '../frame/command.js';
import type { Account } from './account.js';

/** Is shown what connections publish, once it has been routed. */
export interface PublishSampler {
  /** Rows `[from, to)` of a connection of `account` have been carried out; some of them may be no publishes. */
  sample(account: Account, batch: CommandBatch, from: number, to: number): void;
}
