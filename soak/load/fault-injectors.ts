/** Those who only do damage: garbage, storms of connections cut anywhere, reloads. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../diff/random.js';
import { type FuzzDialect, generate } from '../fuzz/generate.js';
import type { World } from './world.js';

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

export function faultInjector(world: World, firstSeed: number): Promise<void> {
  let seed = firstSeed;
  return world.keep('a vandal', async () => {
    await world.rest(50, 400);
    const dialect: FuzzDialect = seed % 3 === 0 ? 'line' : 'nats';
    const port = dialect === 'line' ? world.broker.linePort : world.broker.port;
    world.deeds.garbage++;
    world.deeds.connections++;
    await hitAndRun(port, generate(seed++, dialect), world.random, world.random.int(1, 200));
  });
}

export function storms(world: World, size: number): Promise<void> {
  return world.keep('a storm', async () => {
    await world.rest(15_000, 30_000);
    if (world.calm) return;
    world.deeds.connections += size;
    world.deeds.cut += size;
    const one = (): Promise<void> =>
      hitAndRun(world.broker.port, world.random.pick(HALVES), world.random, world.random.int(0, 300));
    await Promise.all(Array.from({ length: size }, one));
  });
}

/** SIGHUP with one configuration and the other in turns. */
export function reloader(world: World, tomls: readonly [string, string]): Promise<void> {
  return world.keep('a reload', async () => {
    await world.rest(10_000, 20_000);
    if (world.calm) return;
    world.deeds.reloads++;
    world.broker.configure(tomls[world.deeds.reloads % 2]!);
    world.broker.signal('SIGHUP');
    await sleep(500);
    if (world.broker.ended !== undefined) world.trouble('the broker ended at a reload');
  });
}
