/** The pair of a `DelayProbe`, in a thread of its own, which nothing else keeps busy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from '../client.js';
import type { Delays } from './delay-probe.js';

const EVERY_MS = 20;
const SUBJECT = 'probe.delay';

const { port } = workerData as { readonly port: number };
const delays = { worstMs: 0, sent: 0, received: 0 };
const subscriber = await Client.open(port);
subscriber.onMessage = (bytes, start, end) => {
  const sentAt = Number(bytes.toString('latin1', start, end));
  delays.received++;
  delays.worstMs = Math.max(delays.worstMs, performance.now() - sentAt);
};
await subscriber.subscribe(SUBJECT);
const publisher = await Client.open(port);
let running = true;

parentPort!.on('message', (what: 'look' | 'stop') => {
  void answer(what);
});
parentPort!.postMessage(delays);

for (; running; await sleep(EVERY_MS)) {
  publisher.publish(SUBJECT, Buffer.from(performance.now().toFixed(3)));
  delays.sent++;
}

/** Tells what was measured since the last question; at the end once all that was sent has come, or after ten seconds. */
async function answer(what: 'look' | 'stop'): Promise<void> {
  if (what === 'stop') {
    running = false;
    for (let n = 0; n < 500 && delays.received < delays.sent; n++) await sleep(EVERY_MS);
  }
  const told: Delays = { ...delays };
  delays.worstMs = 0;
  parentPort!.postMessage(told);
  if (what === 'look') return;
  publisher.destroy();
  subscriber.destroy();
  parentPort!.close();
}
