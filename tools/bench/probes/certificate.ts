/** A certificate for brokers that are measured with TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contender } from '../brokers.js';

interface Files {
  readonly cert: string;
  readonly key: string;
}

let made: Files | undefined;

/** Made by `openssl` when first asked for, P-256; removed when the process exits. Throws where there is no openssl. */
function certificate(): Files {
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost';
  execFileSync('openssl', [...words.split(' '), '-keyout', files.key, '-out', files.cert], {
    stdio: 'ignore',
  });
  made = files;
  return files;
}

/** Whether there is an openssl to make one. */
export function canCertify(): boolean {
  try {
    certificate();
    return true;
  } catch {
    return false;
  }
}

/** The same broker with TLS after INFO. sluice and nats-server take the same flags for it. */
export function withTls(contender: Contender): Contender {
  const { cert, key } = certificate();
  return {
    ...contender,
    command: (...args) => [...contender.command(...args), '--tls', '--tlscert', cert, '--tlskey', key],
  };
}
