/** From where and when a user may connect, as user JWTs say it. */
import { BlockList, isIP } from 'node:net';
import { unmapped } from '../domain/ip-address.js';

/** Whether `address` is in one of the networks, `10.0.0.0/8`; none there: anywhere is. */
export function sourceAllowed(networks: readonly string[], address: string | undefined): boolean {
  if (networks.length === 0) return true;
  const host = unmapped(address ?? '');
  const family = isIP(host);
  if (family === 0) return false;
  for (const network of networks) {
    const list = listOf(network);
    // An invalid network allows no address, whatever else is listed.
    if (list === undefined) return false;
    if (list.check(host, family === 6 ? 'ipv6' : 'ipv4')) return true;
  }
  return false;
}

function listOf(network: string): BlockList | undefined {
  const [address = '', bits, rest] = network.trim().split('/');
  const family = isIP(address);
  if (family === 0 || rest !== undefined || !/^\d{1,3}$/.test(bits ?? '')) return undefined;
  if (Number(bits) > (family === 6 ? 128 : 32)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** A time of day to another, `"08:00:00"`; over midnight where the end is before the start. */
export interface TimeRange {
  readonly start: string;
  readonly end: string;
}

const DAY_MS = 86_400_000;

/**
 * How long, from `nowMs` of Unix time, a user may stay, in milliseconds; Infinity without ranges, 0 for not at all.
 * @param zone IANA name of where the times are; empty: the server's own
 */
export function timeLeftMs(ranges: readonly TimeRange[], zone: string, nowMs: number): number {
  if (ranges.length === 0) return Number.POSITIVE_INFINITY;
  const now = timeOfDayMs(zone, nowMs);
  if (now === undefined) return 0;
  for (const range of ranges) {
    const start = parseTime(range.start);
    const end = parseTime(range.end);
    if (start === undefined || end === undefined) return 0;
    if (start > end) {
      if (now > start) return DAY_MS - now + end;
      if (now < end) return end - now;
    } else if (now > start && now < end) return end - now;
  }
  return 0;
}

/** Time since midnight there, in milliseconds; undefined where there is no such place. */
function timeOfDayMs(zone: string, nowMs: number): number | undefined {
  let text: string;
  try {
    const timeZone = zone === '' ? {} : { timeZone: zone };
    text = new Intl.DateTimeFormat('en-GB', { ...timeZone, timeStyle: 'medium' }).format(nowMs);
  } catch {
    return undefined;
  }
  const time = parseTime(text);
  return time === undefined ? undefined : time + (nowMs % 1_000);
}

function parseTime(text: string): number | undefined {
  const parts = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
