import type { FlowLimits } from '../clients/flow-limits.js';
import type { ClientLimits } from '../routing/client.js';
import type { Member } from './member.js';

/** What an end within this process goes by. */
export interface JoinOptions {
  readonly flow: FlowLimits;
  readonly limits: ClientLimits;
}

/** Takes in what `make` makes: an end within this process, with an id of its own, that calls `left` once it has closed. */
export type Join = <M extends Member>(
  make: (id: number, options: JoinOptions, left: (member: Member) => void) => M,
) => M;
