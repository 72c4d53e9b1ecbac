import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { BLOCKS } from '../support/docs/blocks.js';
import { freshDirectory, Process, ROOT } from '../support/process.js';

const LISTED = BLOCKS.filter(
  ({ page, runBy }) => page === 'docs/scale-out.md' && runBy === 'spec/examples/scale-out.spec.ts',
);

/** Ports of this machine that nothing listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

/** What the listings use of curl. */
const CURL = `#!${process.execPath}
const [flags, url] = process.argv.slice(2);
fetch(url).then(
  async (response) => {
    if (flags.includes('f') && !response.ok) process.exit(22);
    process.stdout.write(await response.text());
  },
  () => process.exit(7),
);
`;

describe('docs/scale-out.md', () => {
  it('has a hub and a leaf to try, here with sluice in the place of nats-server', async () => {
    const directory = freshDirectory();
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    for (const name of ['sluice', 'nats-server']) symlinkSync(join(ROOT, 'dist/cli.js'), join(bin, name));
    writeFileSync(join(bin, 'curl'), CURL, { mode: 0o755 });
    const places = ['4222', '4333', '7422', '8222'];
    const ports = await freePorts(places.length);
    const moved = (code: string): string =>
      places.reduce((text, place, n) => text.replaceAll(`127.0.0.1:${place}`, `127.0.0.1:${ports[n]}`), code);
    const listings = LISTED.map(({ language, code }) => ({ language, code: moved(code) }));
    for (const { code } of listings.filter(({ language }) => language === 'conf'))
      writeFileSync(join(directory, /^# (\S+)/.exec(code)![1]!), code);
    const script = listings.filter(({ language }) => language === 'sh').map(({ code }) => code);
    expect(script).to.have.lengthOf(3);
    const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
    await using run = new Process('sh', ['-c', script.join('')], { cwd: directory, env });
    const exit = await run.exited;
    expect(exit, run.stdout + run.stderr).to.deep.equal({ code: 0, signal: null });
    expect(run.stdout.match(/"status":"ok"/g), 'joined at first, and again').to.have.lengthOf(2);
    expect(run.stdout).to.include('"payload":"two coffees"');
    expect(run.stdout).to.include('nobody answers');
    expect(run.stdout).to.include('"cluster":"edge"');
    expect(run.stderr).to.include('no responders');
  });
});
