import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import type { Decoder } from '../../lib/dialects/base-decoder.js';
import { lineDecoder } from '../../lib/dialects/line/decoder.js';
import { natsDecoder } from '../../lib/dialects/nats/decoder.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { type Ingress, type IngressLimits, slowDown } from '../../lib/limits/ingress.js';
import { FakeClock } from '../support/fake-clock.js';
import { Harness, msg, OVER, pub } from '../support/harness.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const NONE: IngressLimits = { ingressMessages: 0, ingressBytes: 0, ingressBurstMs: 1_000 };

describe('ingress', () => {
  let clock: FakeClock;
  let decoder: Decoder;
  let ingress: Ingress | undefined;
  let commands: number;
  const make = (limits: Partial<IngressLimits>, of: Transform = natsDecoder()) => {
    decoder = of as Decoder;
    commands = 0;
    ingress = slowDown(decoder, { ...NONE, ...limits }, clock);
    decoder.on('data', (batch: CommandBatch) => {
      commands += batch.length;
    });
  };
  beforeEach(() => {
    clock = new FakeClock();
  });
  afterEach(() => {
    decoder.destroy();
  });

  const PUB = pub('a', '');

  it('leaves a decoder alone that may take anything', () => {
    make({});
    expect(ingress).to.equal(undefined);
    for (const step of ['push', 'end']) expect(Object.hasOwn(decoder, step), step).to.equal(false);
    expect(slowDown(decoder, undefined)).to.equal(undefined);
  });

  for (const { dialect, of, frame } of [
    { dialect: 'nats', of: natsDecoder, frame: PUB },
    { dialect: 'line', of: lineDecoder, frame: 'PUB a x\n' },
  ]) {
    it(`of ${dialect} messages goes as fast as it likes within the burst`, async () => {
      make({ ingressMessages: 100, ingressBurstMs: 500 }, of());
      for (let n = 0; n < 50; n++) decoder.write(frame);
      await until('all are out', () => commands === 50);
      await turns();
      expect(clock.pending).to.equal(0);
    });

    it(`of ${dialect} messages beyond it waits for the time they cost`, async () => {
      make({ ingressMessages: 100, ingressBurstMs: 500 }, of());
      for (let n = 0; n < 60; n++) decoder.write(frame);
      await until('it waits', () => clock.pending === 1);
      expect(commands).to.equal(51); // the one that goes into debt is taken
      clock.pass(10);
      await until('the next is out', () => commands === 52);
      for (let n = 0; n < 8; n++) {
        await until('it waits', () => clock.pending === 1);
        clock.pass(10);
      }
      await until('all are out', () => commands === 60);
    });
  }

  it('counts other commands as well', async () => {
    make({ ingressMessages: 10 });
    decoder.write('PING\r\n'.repeat(20));
    await until('it waits', () => clock.pending === 1);
    decoder.write('PING\r\n');
    clock.pass(999);
    await turns();
    expect(commands).to.equal(20);
    clock.pass(1);
    await until('it goes on', () => commands === 21);
  });

  it('of bytes counts them all, be they commands or not', async () => {
    make({ ingressBytes: 1_000 });
    decoder.write(`PING${'x'.repeat(1_996)}`);
    await until('it waits', () => clock.pending === 1);
    decoder.write('\r\nPING\r\n');
    clock.pass(999);
    await turns();
    expect(commands).to.equal(0);
    clock.pass(1);
    await until('it goes on', () => commands === 2);
  });

  it('of bytes up to the burst does not wait', async () => {
    make({ ingressBytes: 1_000 });
    decoder.write(`PING${'x'.repeat(994)}\r\n`);
    await until('it is out', () => commands === 1);
    expect(clock.pending).to.equal(0);
  });

  it('takes the longer of two waits', async () => {
    make({ ingressBytes: 1_000, ingressMessages: 10 });
    decoder.write('PING\r\n'.repeat(110)); // 660 bytes, 110 commands: 10 seconds of them
    await until('it waits', () => clock.pending === 1);
    decoder.write('PING\r\n');
    clock.pass(9_999);
    await turns();
    expect(commands).to.equal(110);
    clock.pass(1);
    await until('it goes on', () => commands === 111);
  });

  it('stops the stream before it, so that nothing piles up', async () => {
    make({ ingressBytes: 1_000 });
    decoder.write(`PING${'x'.repeat(4_000)}`);
    let more = true;
    let written = 0;
    while (more && written < 1_000) {
      more = decoder.write('x'.repeat(1_000));
      written++;
    }
    expect(written).to.be.below(20);
  });

  it('that ends has what is there taken at once, and no timer left', async () => {
    make({ ingressMessages: 1 });
    decoder.write(PUB.repeat(3));
    decoder.write(PUB);
    decoder.write(PUB);
    await until('it waits', () => clock.pending === 1);
    decoder.end(PUB);
    await soon('the end', once(decoder, 'end'));
    expect([commands, clock.pending]).to.deep.equal([6, 0]);
  });

  it('that is cut off leaves no timer', async () => {
    make({ ingressMessages: 1 });
    decoder.write(PUB.repeat(3));
    decoder.write(PUB);
    await until('it waits', () => clock.pending === 1);
    decoder.destroy();
    await until('none is left', () => clock.pending === 0);
  });

  it('says when it could not be heard', async () => {
    make({ ingressMessages: 10 });
    expect(ingress!.mutedAt).to.equal(Number.NEGATIVE_INFINITY);
    clock.pass(1_000);
    decoder.write(PUB.repeat(20));
    await until('it waits', () => clock.pending === 1);
    clock.pass(500);
    expect(ingress!.mutedAt).to.equal(1_500);
    clock.pass(5_000);
    expect(ingress!.mutedAt).to.be.within(1_000, 2_000);
  });
});

describe('a connection that sends too much', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const over of OVER) {
    it(`is slowed down over a ${over}, loses nothing, is not taken for dead, and is alone in it`, async () => {
      const clock = new FakeClock();
      const settings: SettingsInput = {
        // A read of ten is beyond the burst, whatever time has passed before it.
        limits: { ingress_messages: 400, ingress_burst: '10ms' },
        nats: { ping_interval: '10m', ping_max: 2 },
      };
      harness = await Harness.start(settings, undefined, { clock });
      const subscriber = await harness.connect('line', { over }); // which the broker sends no PINGs
      await subscriber.send('SUB foo\n').expect('OK SUB foo');
      const other = await harness.connect('line', { over });
      const flooder = await harness.connect('nats', { over });
      for (let n = 0; n < 30; n++)
        flooder.send(Array.from({ length: 10 }, (_, k) => pub('foo', `${n * 10 + k}`)).join(''));
      await until('the first is through', () => flooder.connection.client.published > 0);
      for (let n = 0; n < 4; n++) clock.pass(600_000);
      expect(flooder.connection.reason).to.equal(undefined);
      await other.expectSilence();
      for (let n = 0; n < 300; n++) await subscriber.expect(`UPDATE foo ${n}`);
      await flooder.expectSilence();
    });
  }

  it('delivers all it was read of when the broker closes', async () => {
    harness = await Harness.start({ limits: { ingress_messages: 1 }, shutdown: { deadline: '1m' } });
    const subscriber = await harness.connect('nats');
    subscriber.send('SUB foo 1\r\n');
    await until('it has subscribed', () => subscriber.connection.client.subscriptions.size === 1);
    const flooder = await harness.connect('nats', { options: false });
    flooder.send('CONNECT {"verbose":false}\r\n');
    for (let n = 0; n < 10; n++) flooder.send(pub('foo', `${n}`));
    await until('the first is through', () => flooder.connection.client.published > 0);
    const closing = harness.broker.close();
    for (const peer of [subscriber, flooder]) peer.closed.then(() => peer.end());
    const heard = await subscriber.rest();
    expect(heard.slice(-10)).to.deep.equal(Array.from({ length: 10 }, (_, n) => msg('foo', 1, `${n}`)));
    await closing;
  });
});
