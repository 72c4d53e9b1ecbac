import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Attributes,
  type Meter,
  type MeterProvider,
  metrics,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { expect } from 'chai';
import { connect } from 'nats';
import { createBroker } from '../../lib/index.js';
import { Process, ROOT } from '../support/process.js';
import { until } from '../support/until.js';

const EXAMPLE = join(ROOT, 'examples/opentelemetry.js');

/** Stands for an SDK: keeps what is added to instruments, and which spans end. */
class Recorder {
  readonly added: { readonly name: string; readonly value: number; readonly attributes: Attributes }[] = [];
  ended = 0;

  register(): void {
    const make = (name: string) => ({
      add: (value: number, attributes: Attributes) => void this.added.push({ name, value, attributes }),
    });
    const meter = { createUpDownCounter: make, createCounter: make } as unknown as Meter;
    const span = {
      setAttributes: () => span,
      setStatus: () => span,
      end: () => void this.ended++,
    } as unknown as Span;
    const tracer = { startSpan: () => span } as unknown as Tracer;
    metrics.setGlobalMeterProvider({ getMeter: () => meter } as MeterProvider);
    trace.setGlobalTracerProvider({ getTracer: () => tracer } as TracerProvider);
  }

  sum(name: string): number {
    return this.added.filter((each) => each.name === name).reduce((sum, { value }) => sum + value, 0);
  }
}

describe('examples/opentelemetry.js', () => {
  after(() => {
    metrics.disable();
    trace.disable();
  });

  it('records connections, messages and refused logins of a broker', async () => {
    const recorder = new Recorder();
    recorder.register();
    const { instrument } = (await import(pathToFileURL(EXAMPLE).href)) as {
      readonly instrument: () => () => void;
    };
    const stop = instrument();
    const broker = await createBroker({ nats: { port: 0 }, authorization: { user: 'ann', password: 'p' } });
    const client = await connect({ servers: broker.url, user: 'ann', pass: 'p' });
    client.publish('a', 'one');
    client.publish('a', 'two');
    await client.flush();
    expect(recorder.sum('sluice.connections')).to.equal(1);
    await connect({ servers: broker.url, user: 'ann', pass: 'wrong', reconnect: false }).catch(() => {});
    expect(recorder.sum('sluice.logins.refused')).to.equal(1);
    await client.close();
    await broker.close();
    await until('all have closed', () => recorder.sum('sluice.connections') === 0);
    expect(recorder.sum('sluice.messages')).to.equal(2);
    expect(recorder.ended).to.equal(2);
    stop();
  });

  it('runs without an SDK', async () => {
    await using program = new Process(process.execPath, [EXAMPLE, '0']);
    await program.said(/NATS on nats:\/\/127\.0\.0\.1:\d+\n/);
    expect(await program.stop()).to.deep.equal({ code: 0, signal: null });
  });
});
