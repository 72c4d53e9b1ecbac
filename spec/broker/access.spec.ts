import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { accessOf } from '../../lib/broker/access.js';
import { loadConfig, type Sources, withoutLine } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { specDirectory } from '../support/run-directory.js';

const log = pino({ level: 'silent' });

/** What is wrong with the files that a configuration names, or with its logins. */
async function wrong(sources: Sources): Promise<string> {
  const { config } = await loadConfig(sources);
  try {
    await accessOf(withoutLine(config), log);
  } catch (error) {
    expect(error).to.be.instanceOf(SluiceError).with.property('code', 'CONFIG_INVALID');
    return (error as SluiceError).message;
  }
  throw new Error('nothing is wrong');
}

function file(name: string, text: string): string {
  const path = join(specDirectory(), name);
  writeFileSync(path, text);
  return path;
}

const UNREAD = 'cannot be read: no such file or directory';
const HASH = `$2a$99$${'.'.repeat(53)}`;
const FAULT = 'bcrypt cost 99 out of range, allowed: 4 to 14';

describe('broker/access', () => {
  const rows: readonly (readonly [file: string, text: string, message: string])[] = [
    [
      'access.conf',
      'port: 4222\ntls {\n  cert_file: "a.pem"\n  key_file: "b.pem"\n  ca_file: "c.pem", verify: true\n}\n',
      `FILE:3:3: tls.cert_file = "a.pem": ${UNREAD}\nFILE:4:3: tls.key_file = "b.pem": ${UNREAD}\n` +
        `FILE:5:3: tls.ca_file = "c.pem": ${UNREAD}`,
    ],
    [
      'access.toml',
      'tls = { cert_file = "a.pem", key_file = "b.pem" }\n',
      `FILE:1:9: tls.cert_file = "a.pem": ${UNREAD}\nFILE:1:30: tls.key_file = "b.pem": ${UNREAD}`,
    ],
    [
      'operator.conf',
      'port: 4222\n  operator: "none.jwt"\nresolver: MEMORY\n',
      'FILE:2:3: operator: neither a JWT nor a file with one: no such file or directory',
    ],
    [
      'operator-and-tls.conf',
      'port: 4222\noperator: "none.jwt"\nresolver: MEMORY\ntls { cert_file: "a.pem", key_file: "b.pem" }\n',
      'FILE:2:1: operator: neither a JWT nor a file with one: no such file or directory\n' +
        `FILE:4:7: tls.cert_file = "a.pem": ${UNREAD}\nFILE:4:27: tls.key_file = "b.pem": ${UNREAD}`,
    ],
    [
      'hash.conf',
      `accounts {\n  A { users = [ { user: a, password: x }, { user: b, password: "${HASH}" } ] }\n}\n`,
      `FILE:2:54: accounts.A.users[1].password: ${FAULT}`,
    ],
    [
      'hash.toml',
      `accounts.A.users = [{ user = "a", password = "p" }]\naccounts.B.users = [{ user = "b", password = "${HASH}" }]\n`,
      `FILE:2:35: accounts.B.users[0].password: ${FAULT}`,
    ],
    ['token.conf', `authorization {\n  token: "${HASH}"\n}\n`, `FILE:2:3: authorization.token: ${FAULT}`],
  ];
  for (const [name, text, message] of rows) {
    it(`names what is wrong where it was given: ${name}`, async () => {
      const path = file(name, text);
      expect(await wrong({ file: path })).to.equal(message.replaceAll('FILE', path));
    });
  }

  it('names a variable of the environment', async () => {
    const environment = { SLUICE_TLS_CERT_FILE: 'a.pem', SLUICE_TLS_KEY_FILE: 'b.pem' };
    expect(await wrong({ environment })).to.equal(
      `SLUICE_TLS_CERT_FILE=a.pem: ${UNREAD}\nSLUICE_TLS_KEY_FILE=b.pem: ${UNREAD}`,
    );
  });
});
