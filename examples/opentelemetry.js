/**
 * Metrics and traces of an embedded broker for OpenTelemetry, from what it publishes by node:diagnostics_channel. Only the API is
 * used: without an SDK it does nothing. One that exports over OTLP is configured by the environment:
 *
 *   npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
 *   OTEL_SERVICE_NAME=broker node --import @opentelemetry/auto-instrumentations-node/register examples/opentelemetry.js
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { createBroker } from 'sluice';

/** @template {import('sluice').DiagnosticsChannel} Name @typedef {import('sluice').DiagnosticsMessages[Name]} Told */

/** Records what brokers of this process publish. Returns what stops that. */
export function instrument() {
  const meter = metrics.getMeter('sluice');
  const tracer = trace.getTracer('sluice');
  const connections = meter.createUpDownCounter('sluice.connections');
  const messages = meter.createCounter('sluice.messages', { description: 'Counted as connections close.' });
  const refused = meter.createCounter('sluice.logins.refused');
  const slow = meter.createCounter('sluice.slow_consumers');
  /** @type {Map<string, import('@opentelemetry/api').Span>} Spans of open connections. */
  const spans = new Map();

  /** @type {Readonly<Record<import('sluice').DiagnosticsChannel, (message: any) => void>>} */
  const listeners = {
    /** @param {Told<'sluice:connection:open'>} told */
    'sluice:connection:open'({ serverId, connection }) {
      const { id, dialect, remoteAddress } = connection;
      connections.add(1, { dialect });
      const attributes = { dialect, 'client.address': remoteAddress ?? 'local' };
      spans.set(`${serverId} ${id}`, tracer.startSpan('connection', { attributes }));
    },
    /** @param {Told<'sluice:connection:close'>} told */
    'sluice:connection:close'({ serverId, connection, reason, inMessages, outMessages }) {
      const { id, dialect, account = 'none' } = connection;
      connections.add(-1, { dialect });
      messages.add(inMessages, { dialect, account, direction: 'received' });
      messages.add(outMessages, { dialect, account, direction: 'sent' });
      const key = `${serverId} ${id}`;
      spans.get(key)?.setAttributes({ account, reason, 'messages.received': inMessages }).end();
      spans.delete(key);
    },
    /** @param {Told<'sluice:slow-consumer'>} told */
    'sluice:slow-consumer'({ serverId, connection, lostMessages }) {
      slow.add(1, { account: connection.account ?? 'none' });
      const message = `${lostMessages} messages lost`;
      spans.get(`${serverId} ${connection.id}`)?.setStatus({ code: SpanStatusCode.ERROR, message });
    },
    /** @param {Told<'sluice:login:failed'>} told */
    'sluice:login:failed'({ reason }) {
      refused.add(1, { reason });
    },
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stop = instrument();
  const broker = await createBroker({ nats: { port: Number(process.argv[2] ?? 4222) } });
  process.once('SIGTERM', async () => {
    await broker.close();
    stop();
  });
  console.log('NATS on', broker.url);
}
