import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect } from 'chai';
import { credentialFiles } from '../support/certificates.js';
import { freshDirectory, startSluice } from '../support/process.js';
import { AUTHORITY } from '../support/tls.js';

const { certFile, keyFile } = credentialFiles(AUTHORITY.issueServer());

/** Asks a monitor over HTTPS; resolves to the status. */
function post(url: URL, path: string): Promise<number> {
  const headers = { 'sluice-control': '1' };
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      { method: 'POST', auth: 'admin:secret', headers, ca: AUTHORITY.cert, agent: false },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode!));
      },
    );
    sent.on('error', reject).end();
  });
}

describe('the command and requests to its monitor', () => {
  it('is reloaded, reopens its log and ends by requests over HTTPS, and its ports file names that', async () => {
    const directory = freshDirectory();
    const file = join(directory, 'config.toml');
    const log = join(directory, 'a.log');
    const settings = `
system_account = "SYS"
accounts.SYS.users = [{ user = "admin", password = "secret" }]
accounts.A.users = [{ user = "ann", password = "secret" }]
monitor.control = true
log.file = ${JSON.stringify(log)}
log.format = "json"
`;
    writeFileSync(file, settings);
    const tls = ['--tls', '--tlscert', certFile, '--tlskey', keyFile];
    await using broker = await startSluice(
      [...['-c', file, '-ms', '-1', '--ports_file_dir', directory, ...tls]],
      { env: { SLUICE_BANNER: 'always' } },
    );
    expect(broker.stdout).to.match(/^ {2}https 127\.0\.0\.1:\d+$/m);
    const ports = readdirSync(directory).find((name) => name.endsWith('.ports'))!;
    const { monitoring } = JSON.parse(readFileSync(join(directory, ports), 'utf8')) as {
      readonly monitoring: readonly string[];
    };
    const [address] = monitoring;
    expect(address).to.match(/^https:\/\/127\.0\.0\.1:\d+$/);
    const url = new URL(address!);
    writeFileSync(file, `${settings}limits.max_subscriptions = 7\n`);
    expect(await post(url, '/control/reload')).to.equal(202);
    expect(await post(url, '/control/reopen')).to.equal(202);
    expect(await post(url, '/control/quit')).to.equal(202);
    expect(await broker.exited).to.deep.equal({ code: 0, signal: null });
    const lines = readFileSync(log, 'utf8');
    for (const words of ['"changed":["limits"]', 'log file reopened', '"user":"admin"', 'shutting down'])
      expect(lines).to.include(words);
    expect(lines).not.to.include('secret');
  });
});
