import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** What both sides trust. */
  readonly ca: string;
  /** An authority that has signed nothing of this. */
  readonly wrongCa: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  /** Of the client CN=ann. */
  readonly client: KeyPair;
  /** Of the client CN=eve. */
  readonly other: KeyPair;
}

/** Makes new ones with the `openssl` command; undefined where that is missing. */
export function createCertificates(directory: string): Certificates | undefined {
  const file = (name: string) => join(directory, name);
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    openssl('version');
  } catch {
    return undefined;
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  // What strict clients want of one; `req -x509` alone leaves the key usage out.
  const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'].flatMap(
    (line) => ['-addext', line],
  );
  const createAuthority = (name: string) => {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl('req', '-x509', ...newKey, ...out, '-days', '2', '-subj', `/CN=${name}`, ...authority);
    return file(`${name}.pem`);
  };
  const create = (name: string, usage: string): KeyPair => {
    writeFileSync(
      file(`${name}.ext`),
      `subjectAltName=${usage === 'serverAuth' ? 'IP:127.0.0.1,DNS:localhost' : `DNS:${name}.invalid`}
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=${usage}
`,
    );
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`];
    openssl('x509', '-req', ...files, ...signer, '-days', '2');
    return { cert: file(`${name}.pem`), key: file(`${name}.key`) };
  };
  const [ca, wrongCa] = [createAuthority('ca'), createAuthority('other-ca')];
  return {
    ca,
    wrongCa,
    server: create('server', 'serverAuth'),
    client: create('ann', 'clientAuth'),
    other: create('eve', 'clientAuth'),
  };
}
