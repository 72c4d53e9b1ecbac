import { ORIGINS } from '../clients/origin.js';
import type { Publisher } from '../clients/subscription.js';

/** The server itself as a publisher: it is never held, and never its own receiver. */
export const SERVER: Publisher = {
  origin: ORIGINS.system,
  echo: true,
  receiverId: 0,
  switchReceiver() {},
  holdFor: () => false,
  pace: () => false,
  fault() {},
};
