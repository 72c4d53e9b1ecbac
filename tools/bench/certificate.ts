/** A certificate for brokers on loopback, made by the `openssl` command when one is first asked for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files of a certificate and of its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

let made: CertificateFiles | undefined;
let tried = false;

/** The same files every time, gone when the process exits; undefined where there is no openssl. */
export function certificateFiles(): CertificateFiles | undefined {
  if (!tried) made = make();
  tried = true;
  return made;
}

function make(): CertificateFiles | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  try {
    execFileSync('openssl', [...words.split(' '), '-keyout', files.key, '-out', files.cert], {
      stdio: 'ignore',
    });
    return files;
  } catch {
    return undefined;
  }
}
