/** What it takes to serve TLS: loaded where a certificate is configured. */
export { TlsNegotiator } from '../transport/tls-negotiator.js';
export { securityFor } from './tls-security.js';
