import type { ErrorTexts } from '../../domain/errors.js';

/**
 * What NATS clients see inside `-ERR '…'`, in the words of nats-server 2.10, seen on its wire. Where it closes without a word,
 * or NATS clients cannot run into an error, there is no text.
 */
export const NATS_ERRORS = {
  UNKNOWN_OPERATION: 'Unknown Protocol Operation',
  INVALID_CLIENT_PROTOCOL: 'invalid client protocol',
  MAX_CONTROL_LINE: 'maximum control line exceeded',
  MAX_PAYLOAD: 'Maximum Payload Violation',
  MAX_HEADER: 'Maximum Header Violation',
  INVALID_SUBJECT: 'Invalid Subject',
  INVALID_PUBLISH_SUBJECT: 'Invalid Publish Subject',
  PERMISSIONS_PUBLISH: 'Permissions Violation for Publish to {subject}',
  PERMISSIONS_REPLY: 'Permissions Violation for Publish with Reply of {subject}',
  PERMISSIONS_SUBSCRIPTION: 'Permissions Violation for Subscription to {subject}',
  PERMISSIONS_QUEUE: 'Permissions Violation for Subscription to {subject} using queue {queue}',
  PERMISSIONS_WITHDRAWN: 'Permissions Violation for Subscription to {subject} (sid {sid})',
  MAX_SUBJECT_TOKENS: 'Permissions Violation for Subscription to {subject}, too many tokens',
  NO_RESPONDERS_NEEDS_HEADERS: 'no responders requires headers support',
  AUTHORIZATION_VIOLATION: 'Authorization Violation',
  AUTHENTICATION_TIMEOUT: 'Authentication Timeout',
  USER_EXPIRED: 'User Authentication Expired',
  ACCOUNT_EXPIRED: 'Account Authentication Expired',
  MAX_ACCOUNT_CONNECTIONS: 'maximum account active connections exceeded',
  MAX_CONNECTIONS: 'maximum connections exceeded',
  // The text is the one that clients know to be about this.
  MAX_CONNECTIONS_PER_ADDRESS: 'maximum connections exceeded',
  TLS_HANDSHAKE_RATE: 'Connection throttling is active. Please try again later.',
  MAX_SUBSCRIPTIONS: 'maximum subscriptions exceeded',
  STALE_CONNECTION: 'Stale Connection',
  INTERNAL: 'Internal Server Error',
} as const satisfies ErrorTexts;
