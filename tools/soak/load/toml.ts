/** The configuration of the broker that is soaked. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { folder } from '../broker.js';

/** TLS for the broker, for clients that want it, with a certificate; undefined where there is no openssl. */
export function optionalTls(): string | undefined {
  const where = folder();
  const [cert, key] = [join(where, 'cert.pem'), join(where, 'key.pem')];
  try {
    const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=soak';
    execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return `[tls]\ncert_file = "${cert}"\nkey_file = "${key}"\nallow_non_tls = true\n`;
  } catch {
    return undefined;
  }
}

function tomlOf(guests: string, tls: string): string {
  return `
[flow]
write_deadline = "3s"
max_hold = "10m"
[limits]
max_connections = 5000
[authorization]
no_auth_user = "load"
[accounts.LOAD]
users = [{ user = "load", password = "load" }${guests}]
[accounts.OTHER]
users = [{ user = "other", password = "other" }]
[log]
format = "json"
${tls}`;
}

/** Two configurations to reload in turns; they differ in a user. Says so where TLS must be left out. */
export function soakToml(): { readonly tomls: readonly [string, string]; readonly hasTls: boolean } {
  const tls = optionalTls();
  if (tls === undefined) console.log('no openssl here: without TLS');
  const guest = ', { user = "guest", password = "guest" }';
  return { tomls: [tomlOf('', tls ?? ''), tomlOf(guest, tls ?? '')], hasTls: tls !== undefined };
}
