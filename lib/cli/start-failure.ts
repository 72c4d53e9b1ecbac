/** Why a broker did not start, in nats-server's words. */
import { join } from 'node:path';
import type { SluiceError } from '../domain/errors.js';

/** What Go says of an error of the system. */
const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};

function bindFault(where: string, { code = '' }: NodeJS.ErrnoException): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `listen tcp: lookup ${where.replace(/:-?\d+$/, '')}: no such host`;
  }
  return `listen tcp ${where}: bind: ${WORDS[code] ?? code}`;
}

/** The line that nats-server logs at its end; undefined where it has none for this error. */
export function natsStartFailure({ code, message, cause }: SluiceError): string | undefined {
  if (code === 'LOG_UNWRITABLE') {
    const [, file, fault] = /^pid_file = "(.*)": (.*)$/.exec(message) ?? [];
    return file === undefined ? undefined : `Could not write pidfile: open ${file}: ${fault}`;
  }
  if ((code !== 'ADDRESS_IN_USE' && code !== 'ADDRESS_UNUSABLE') || !(cause instanceof Error))
    return undefined;
  const [, name, where = ''] = /^(.*) (\S+): /.exec(message.replace(/: (?:address|cannot) .*$/, ': ')) ?? [];
  const fault = bindFault(where, cause);
  return name === 'monitor.listener'
    ? `Can't start monitoring: can't listen to the monitor port: ${fault}`
    : `Error listening on port: ${where}, "${fault}"`;
}

/** The line that nats-server logs of a ports file that cannot be written, and goes on; undefined: the error is another one. */
export function natsPortsFailure({ code, message }: SluiceError): string | undefined {
  const [, directory, fault] = /^ports_file_dir = "(.*)": (.*)$/.exec(message) ?? [];
  if (code !== 'LOG_UNWRITABLE' || directory === undefined) return undefined;
  const path = join(directory, `nats-server_${process.pid}.ports`);
  return `Error writing ports file (${path}): open ${path}: ${fault}`;
}

/** Whether the system said so; of an included file it is nats-server's configuration that names the place. */
function wasNotOpened(cause: unknown): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).syscall === 'open';
}

/** What is wrong with a configuration, in the words of nats-server where harnesses look for them. */
export function natsConfigFailure({ code, message, cause }: SluiceError): string {
  if (code !== 'CONFIG_UNREADABLE') return message;
  if (wasNotOpened(cause)) return `open ${message}`;
  return message.replace(/^(.*?:(\d+):\d+: )(.*)$/, "$1Parse error on line $2: '$3'");
}
