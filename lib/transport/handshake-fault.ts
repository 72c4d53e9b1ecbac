/** Why a TLS handshake with a client failed, and what to do about it, in one sentence. */

const NO_TLS = 'the client does not speak TLS here: it has to connect with TLS, as in tls://HOST:PORT';
const TOO_OLD =
  'the client speaks only versions of TLS that are not allowed: update it, or see tls.min_version';
const REFUSED = "the client refused the broker's certificate";

/** By OpenSSL's code, or by what Node makes of it. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the client hung up',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    'the client sent no certificate, and tls.verify demands one: give it one of an authority in tls.ca_file',
  ERR_SSL_UNSUPPORTED_PROTOCOL: TOO_OLD,
  ERR_SSL_VERSION_TOO_LOW: TOO_OLD,
  ERR_SSL_WRONG_SSL_VERSION: TOO_OLD,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: TOO_OLD,
  ERR_SSL_NO_SHARED_CIPHER: 'no cipher suite in common with the client: see tls.cipher_suites',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'no curve in common with the client: see tls.curve_preferences',
  ERR_SSL_NO_SHARED_GROUP: 'no curve in common with the client: see tls.curve_preferences',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_UNEXPECTED_MESSAGE: NO_TLS,
  ERR_SSL_UNKNOWN_PROTOCOL: NO_TLS,
  ERR_SSL_HTTP_REQUEST: NO_TLS,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: `${REFUSED}: it does not know the authority that signed tls.cert_file`,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: `${REFUSED}: check the names and the authority of tls.cert_file`,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: `${REFUSED}: check the names and the authority of tls.cert_file`,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: `${REFUSED}: it has expired, renew tls.cert_file`,
};

/** By the code of the check of a client's certificate. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  INVALID_PURPOSE: 'it is not for clients (extended key usage)',
};

/** Codes of certificates that no known authority has signed. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
]);

/** What is said of a peer whose first byte is not one of TLS. */
export const SPEAKS_NO_TLS = NO_TLS;

/**
 * Words an error of OpenSSL or Node. One it does not know keeps OpenSSL's reason, without its source lines.
 * @param refusal the code of the check of the client's certificate, where that failed
 */
export function handshakeFault(
  error: NodeJS.ErrnoException & { readonly reason?: string },
  refusal: unknown,
): string {
  if (refusal) {
    const code = String(refusal);
    const why = UNKNOWN_AUTHORITY.has(code)
      ? 'no authority in tls.ca_file signed it'
      : (CERTIFICATE_WORDS[code] ?? code);
    return `the client's certificate was refused: ${why}`;
  }
  const { code = '', reason, message } = error;
  return WORDS[code] ?? reason ?? (code === '' ? message.replace(/\n[\s\S]*/, '') : code);
}
