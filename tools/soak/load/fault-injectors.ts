/** Those who only do damage: garbage, storms of connections cut anywhere, reloads. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../diff/random.js';
import { type FuzzDialect, generate } from '../fuzz/generate.js';
import type { LoadContext } from './context.js';

const HOST = '127.0.0.1';
/** What a connection of a storm has said when it is cut: nothing, half a handshake, half a frame, half a payload. */
export const HALVES = [
  '',
  'CONN',
  'CONNECT {"verbose":false,',
  'CONNECT {"verbose":false}\r\nPI',
  'CONNECT {}\r\nSUB storm.',
  'CONNECT {}\r\nSUB storm.> 1\r\nPUB storm.a 100\r\nabc',
  'CONNECT {}\r\nPUB storm.a 1000000\r\nabc',
] as const;

/** Connects, says something and is gone, with FIN or RST; resolves when its socket has closed. Never rejects. */
export function hitAndRun(
  port: number,
  bytes: Buffer | string,
  random: Random,
  lingerMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    socket.once('connect', () => {
      socket.write(bytes);
      setTimeout(() => {
        if (random.chance(0.5)) socket.resetAndDestroy();
        else socket.end();
        setTimeout(() => socket.destroy(), 5_000).unref();
      }, lingerMs);
    });
  });
}

export function faultInjector(context: LoadContext, firstSeed: number): Promise<void> {
  let seed = firstSeed;
  return context.repeat('a vandal', async () => {
    await context.pauseBetween(50, 400);
    const dialect: FuzzDialect = seed % 3 === 0 ? 'line' : 'nats';
    const port = dialect === 'line' ? context.broker.linePort : context.broker.port;
    context.injected.garbage++;
    context.injected.connections++;
    await hitAndRun(port, generate(seed++, dialect), context.random, context.random.int(1, 200));
  });
}

export function storms(context: LoadContext, size: number): Promise<void> {
  return context.repeat('a storm', async () => {
    await context.pauseBetween(15_000, 30_000);
    if (context.faultsAreOver) return;
    context.injected.connections += size;
    context.injected.cut += size;
    const one = (): Promise<void> =>
      hitAndRun(context.broker.port, context.random.pick(HALVES), context.random, context.random.int(0, 300));
    await Promise.all(Array.from({ length: size }, one));
  });
}

/** SIGHUP with one configuration and the other in turns. */
export function reloader(context: LoadContext, tomls: readonly [string, string]): Promise<void> {
  return context.repeat('a reload', async () => {
    await context.pauseBetween(10_000, 20_000);
    if (context.faultsAreOver) return;
    context.injected.reloads++;
    context.broker.configure(tomls[context.injected.reloads % 2]!);
    context.broker.signal('SIGHUP');
    await sleep(500);
    if (context.broker.ended !== undefined) context.trouble('the broker ended at a reload');
  });
}
