import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { startFor } from '../../lib/cli/start.js';
import { configFrom } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';

describe('cli/start', () => {
  const taken = createServer();
  let port: number;
  let warned: string[];
  const logger = pino({ level: 'warn' }, { write: (line: string) => warned.push(JSON.parse(line).msg) });
  before(async () => {
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    ({ port } = taken.address() as { port: number });
  });
  after(() => taken.close());
  beforeEach(() => {
    warned = [];
  });

  const withTaken = (nats: string) => configFrom({ listener: nats, line: { listener: `127.0.0.1:${port}` } });

  it('does without line clients that were not asked for when their port is taken, and says so', async () => {
    const { broker, hasNoLine } = await startFor(
      { config: withTaken('127.0.0.1:-1'), givenKeys: new Set() },
      logger,
    );
    expect(hasNoLine).to.equal(true);
    expect(broker.lineAddress).to.equal(undefined);
    expect(broker.natsAddress?.port).to.be.greaterThan(0);
    expect(warned).to.deep.equal([
      `line listener 127.0.0.1:${port}: address already in use; choose another with --line ADDRESS, or do without line clients: --no-line; line clients are not served`,
    ]);
    await broker.close();
  });

  for (const key of ['line.listener', 'line.enabled']) {
    it(`fails where they were asked for with ${key}`, async () => {
      const error = await startFor(
        { config: withTaken('127.0.0.1:-1'), givenKeys: new Set([key]) },
        logger,
      ).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(SluiceError).and.include({ code: 'ADDRESS_IN_USE' });
      expect(String(error)).to.match(/: address already in use; .* --line ADDRESS, .* --no-line$/);
      expect(warned).to.deep.equal([]);
    });
  }

  it('fails where the port of NATS clients is taken', async () => {
    const config = configFrom({ listener: `127.0.0.1:${port}`, line: { listener: '127.0.0.1:-1' } });
    const error = await startFor({ config, givenKeys: new Set() }, logger).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SluiceError).and.include({ code: 'ADDRESS_IN_USE' });
    expect(String(error)).to.match(
      /^SluiceError: nats listener .* in use; choose another with --port N, or -1/,
    );
    expect(warned).to.deep.equal([]);
  });

  it('says what to do where the port of the monitor is taken', async () => {
    const config = configFrom({ listener: '127.0.0.1:-1', monitor: { listener: `127.0.0.1:${port}` } });
    const loaded = { config, givenKeys: new Set(['line.enabled']) };
    const error = await startFor(loaded, logger).catch((reason: unknown) => reason);
    expect(String(error)).to.match(/in use; choose another with --http_port N$/);
  });

  it('says no more than nats-server in its log format', async () => {
    const config = configFrom({
      listener: `127.0.0.1:${port}`,
      line: { enabled: false },
      log: { format: 'nats' },
    });
    const error = await startFor({ config, givenKeys: new Set() }, logger).catch((reason: unknown) => reason);
    expect(String(error)).to.match(/address already in use$/);
  });

  it('has both where both are free', async () => {
    const config = configFrom({ listener: '127.0.0.1:-1', line: { listener: '127.0.0.1:-1' } });
    const { broker, hasNoLine } = await startFor({ config, givenKeys: new Set() }, logger);
    expect(hasNoLine).to.equal(false);
    expect(broker.lineAddress).not.to.equal(undefined);
    await broker.close();
  });
});
