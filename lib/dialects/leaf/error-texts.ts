import type { ErrorTexts } from '../../domain/errors.js';
import { NATS_ERRORS } from '../nats/error-texts.js';

/** What the other server of a leaf link sees inside `-ERR '…'`, in the words of nats-server. */
export const LEAF_ERRORS = {
  ...NATS_ERRORS,
  MAX_LINK_SUBSCRIPTIONS: 'maximum subscriptions exceeded',
  LEAF_LOOP: 'Loop detected for leafnode account={account}. Delaying attempt to reconnect for 30s',
} as const satisfies ErrorTexts;
