import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { connect as connect3 } from '@nats-io/transport-node';
import { expect } from 'chai';
import { connect as connect2 } from 'nats';
import { LineClient } from '../support/line-client.js';
import { freshDirectory, type Sluice, startSluice } from '../support/process.js';
import { soon, until } from '../support/until.js';

const ENDED_WELL = { code: 0, signal: null } as const;

/** What both clients have. */
interface Connection {
  readonly info?: { readonly server_id: string } | undefined;
  statuses(): AsyncIterable<string>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly servers: string[];
  readonly noRandomize: boolean;
  readonly reconnectTimeWait: number;
}

const CLIENTS: Readonly<Record<string, (options: Options) => Promise<Connection>>> = {
  'nats 2.x': async (options) => {
    const connection = await connect2(options);
    return Object.assign(connection, {
      async *statuses() {
        for await (const { type } of connection.status()) yield String(type);
      },
    });
  },
  '@nats-io/transport-node 3.x': async (options) => {
    const connection = await connect3(options);
    return Object.assign(connection, {
      async *statuses() {
        for await (const { type } of connection.status()) yield String(type);
      },
    });
  },
};

/** A broker that takes so long to go. */
function start(duration: string, grace: string, words: readonly string[] = []): Promise<Sluice> {
  const cwd = freshDirectory();
  const file = join(cwd, 'a.toml');
  writeFileSync(file, `[lame_duck]\nduration = "${duration}"\ngrace_period = "${grace}"\n`);
  return startSluice(['-c', file, ...words], { cwd });
}

describe('a lame duck of a process', () => {
  for (const [name, connect] of Object.entries(CLIENTS)) {
    it(`sends ${name} to another server, and exits with 0`, async () => {
      await using duck = await start('400ms', '100ms');
      await using other = await startSluice();
      const servers = [duck, other].map(({ natsPort }) => `127.0.0.1:${natsPort}`);
      const client = await connect({ servers, noRandomize: true, reconnectTimeWait: 20 });
      const heard: string[] = [];
      void (async () => {
        for await (const status of client.statuses()) heard.push(status);
      })();
      await client.flush();
      const first = client.info?.server_id;
      duck.kill('SIGUSR2');
      await until('it is told', () => heard.includes('ldm'));
      await until('it has gone to the other', () => heard.includes('reconnect'));
      await client.flush();
      expect(client.info?.server_id).to.not.equal(first);
      expect(await duck.exited).to.deep.equal(ENDED_WELL);
      await client.close();
      expect(duck.stdout + duck.stderr).to.match(/entering lame duck mode/);
    });
  }

  it('frees its ports at once, and serves who is there until it is over', async () => {
    await using duck = await start('1h', '30m');
    await using line = await LineClient.connect(duck.linePort);
    await line.ask('SUB a');
    duck.kill('SIGUSR2');
    await duck.said(/entering lame duck mode/);
    for (const port of [duck.natsPort, duck.linePort]) {
      const [error] = (await soon('a refusal', refusal(port))) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ECONNREFUSED');
    }
    await using heir = await startSluice(['-p', String(duck.natsPort)]);
    expect(heir.natsPort).to.equal(duck.natsPort);
    await line.send('PUB a x\n');
    expect((await line.lines(2)).sort()).to.deep.equal(['OK PUB a', 'UPDATE a x']);
    duck.kill('SIGINT');
    expect(await duck.exited).to.deep.equal(ENDED_WELL);
  });

  it('runs its course though it gets SIGTERM, SIGHUP or another SIGUSR2', async () => {
    // Time enough for a busy machine to answer within the grace.
    await using duck = await start('2100ms', '2s');
    await using line = await LineClient.connect(duck.linePort);
    await line.ask('PING');
    duck.kill('SIGUSR2');
    await duck.said(/entering lame duck mode/);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) duck.kill(signal);
    expect(await line.ask('PING')).to.equal('PONG');
    expect(await duck.exited).to.deep.equal(ENDED_WELL);
    expect(duck.stderr).not.to.match(/shutting down|reloaded/);
    expect(duck.stderr.match(/entering lame duck mode/g)).to.have.length(1);
  });

  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    it(`is cut short by ${signal}`, async () => {
      await using duck = await start('1h', '30m');
      await using line = await LineClient.connect(duck.linePort);
      await line.ask('PING');
      duck.kill('SIGUSR2');
      await duck.said(/entering lame duck mode/);
      duck.kill(signal);
      expect(await duck.exited).to.deep.equal(ENDED_WELL);
      expect(duck.stderr).to.match(/shutting down/);
    });
  }
});

/** The error of a connection to that port, tried until there is one: the log comes before the listener closes. */
async function refusal(port: number): Promise<unknown[]> {
  for (;;) {
    const socket = dial(port, '127.0.0.1');
    const error = once(socket, 'error').catch(() => []);
    const outcome = await Promise.race([
      error,
      new Promise<undefined>((resolve) => socket.once('connect', () => resolve(undefined))),
    ]);
    socket.on('error', () => {}).destroy();
    if (outcome !== undefined) return outcome;
  }
}
