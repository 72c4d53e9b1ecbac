/** The text of --help_tls. Loaded only when it is asked for. */
import { createSecureContext, getCiphers } from 'node:tls';

/** Groups for key exchange that OpenSSL may have, by nats-server's names where it has one. */
const CURVES: readonly (readonly [name: string, openSslName: string])[] = [
  ['X25519', 'X25519'],
  ['X448', 'X448'],
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
];

function isKnown(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve });
    return true;
  } catch {
    return false;
  }
}

/** How TLS is configured, and which cipher suites and curves this Node has; with a line end. */
export function tlsHelpText(): string {
  const suites = getCiphers().map((name) => name.toUpperCase());
  const curves = CURVES.flatMap(([name, openSslName]) => (isKnown(openSslName) ? [name] : []));
  return `TLS for NATS clients is configured by --tls, --tlscert, --tlskey, --tlscacert and --tlsverify, or in a file.

In nats-server's language:

    tls {
        cert_file: "server.pem"
        key_file: "server-key.pem"
        ca_file: "ca.pem"          # signs the certificates of clients
        verify: true               # clients must present one
        verify_and_map: true       # and are the user that it names
        cipher_suites: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
        curve_preferences: ["CurveP256"]
    }

In TOML the table is [tls], with the same keys and = instead of the colon. In both, clients may connect without TLS with
allow_non_tls = true, and handshake_first says whether the handshake comes before INFO.

Cipher suites of this Node; those of nats-server's names are accepted, too:
${suites.map((suite) => `    ${suite}`).join('\n')}

Curves:
${curves.map((curve) => `    ${curve}`).join('\n')}
`;
}
