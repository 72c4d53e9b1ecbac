/** IP addresses as text. */
import { isIPv6 } from 'node:net';

/** The IPv4 address in an IPv4-mapped IPv6 one (`::ffff:192.0.2.1`), else the address itself; without a zone (`%eth0`). */
export function unmapped(address: string): string {
  const bare = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare;
}

/**
 * The network that identifies a host: an IPv4 address itself, the `/64` of an IPv6 address, since one host has all
 * addresses in it.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const bare = unmapped(address);
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    const gap = 8 - groups.length - rest;
    groups.push(...new Array<string>(Math.max(gap, 0)).fill('0'), ...(tail === '' ? [] : tail.split(':')));
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
