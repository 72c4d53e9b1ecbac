import { basename } from 'node:path';

/** The name, without its directory, by which a process takes the place of nats-server; undefined: it does not. */
export function natsServerName(names: readonly string[]): string | undefined {
  return names.map((each) => basename(each)).find((each) => /nats-server(?:\.exe|\.[cm]?js)?$/.test(each));
}
