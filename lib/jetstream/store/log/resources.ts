import type { Clock } from '../../../domain/clock.js';
import type { Turns } from '../../turns.js';
import type { BlockResources } from './block.js';

/** What all logs of a broker share. */
export interface LogResources extends BlockResources {
  /** 'always': what is committed is durable. A number: it is written, and durable so many milliseconds later. */
  readonly sync: 'always' | number;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Size in bytes that a block has before the next one is begun. */
  readonly blockBytes: number;
}
