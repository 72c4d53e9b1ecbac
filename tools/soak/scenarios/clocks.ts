/** 7f: the clock of the wall jumps, an hour ahead and then two back; timers must not care. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { folder } from '../broker.js';
import { Pair } from './pair.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

const HOUR_MS = 3_600_000;
const SILENT_MS = 10_000;

/** Loaded into the broker before its own code: its clock is off by what a file says. The steady clock is not. */
const SHIFT = `
import { readFileSync } from 'node:fs';
const file = process.env.CLOCK_FILE;
const RealDate = Date;
const now = Date.now.bind(Date);
let offset = 0;
setInterval(() => { offset = Number(readFileSync(file, 'utf8')); }, 100).unref();
globalThis.Date = class extends RealDate {
  constructor(...words) { if (words.length === 0) super(now() + offset); else super(...words); }
  static now() { return now() + offset; }
};
`;

/** A client that answers no PING: when it was closed, in milliseconds. */
function mute(port: number): Promise<number> {
  return new Promise((resolve) => {
    const from = Date.now();
    const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT {"verbose":false}\r\n'));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => resolve(Date.now() - from));
    setTimeout(() => socket.destroy(), SILENT_MS);
  });
}

async function run(context: Context): Promise<Outcome> {
  const where = folder();
  const clock = join(where, 'offset');
  const module = join(where, 'shift.mjs');
  writeFileSync(clock, '0');
  writeFileSync(module, SHIFT);
  const env = { CLOCK_FILE: clock, NODE_OPTIONS: `--import=${pathToFileURL(module).href}` };
  const toml = '[nats]\nping_interval = "1s"\nping_max = 2\n';
  return withBroker(context, { env, toml }, async (broker) => {
    const outcome = new Outcome();
    const pair = await Pair.start(broker);
    for (const [what, offset] of [
      ['an hour ahead', HOUR_MS],
      ['two hours back', -HOUR_MS],
    ] as const) {
      writeFileSync(clock, String(offset));
      const jumped = await eventually(5_000, async () => {
        const { now } = (await broker.ask('/varz')) as { now?: string };
        return Math.abs(Date.parse(now ?? '') - Date.now() - offset) < HOUR_MS / 2;
      });
      outcome.check(`the broker's clock jumps ${what}`, jumped ? 'seen' : 'not seen', jumped);
      const closedMs = await mute(broker.port);
      outcome.check('… one that answers no PING is closed after', seconds(closedMs), closedMs < SILENT_MS);
      await sleep(2_000);
    }
    await pair.judge(outcome);
    return outcome;
  });
}

export const clocks: Scenario = { id: '7f', name: 'the clock jumps', run };
