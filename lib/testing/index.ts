/**
 * Brokers for tests: `docs/testing.md`.
 *
 *     await using broker = await startTestBroker();
 *     const nc = await connect({ servers: broker.url });
 *
 * @module sluice/testing
 */
import type { TestBrokerOptions } from './options.js';
import { TestBroker } from './test-broker.js';

/**
 * Starts a broker for tests: in this process, on a free port of 127.0.0.1 for NATS clients, and of line clients and the
 * monitor where the options have `line` and `monitor`; silent, with short deadlines.
 * @throws SluiceError as `createBroker`
 */
export function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  return TestBroker.start(options);
}

export { SluiceError } from '../domain/errors.js';
export type { InAccount } from '../embed/options.js';
export type { ClientQuery, TestClient, TestSubscription } from './clients.js';
export { type FakeClock, fakeClock } from './fake-clock.js';
export type { Matcher, MessagePattern } from './matcher.js';
export type { TestBrokerOptions } from './options.js';
export type { Recorder } from './recorder.js';
export type { CutOptions, RestartOptions, TestBroker } from './test-broker.js';
export type { WaitOptions } from './wait.js';
