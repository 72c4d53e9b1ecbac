/** `-sl SIGNAL[=PID]`: signals to a broker that runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';

/** What nats-server calls them. `stop` is as rude as there; `quit` and `term` let it finish. */
const SIGNALS: ReadonlyMap<string, NodeJS.Signals> = new Map([
  ['stop', 'SIGKILL'],
  ['kill', 'SIGKILL'],
  ['quit', 'SIGINT'],
  ['term', 'SIGTERM'],
  ['reload', 'SIGHUP'],
  ['reopen', 'SIGUSR1'],
  ['ldm', 'SIGUSR2'],
]);

/** Names that a broker may have, see persona.ts. */
const PROGRAMS: ReadonlySet<string> = new Set(['sluice', 'nats-server']);

function invalid(message: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', message);
}

/**
 * The ids of the processes that are called sluice or nats-server, other than this one.
 * @param proc where the system shows its processes; without such a place there are none
 */
export function runningBrokers(proc = '/proc'): number[] {
  let entries: string[];
  try {
    entries = readdirSync(proc);
  } catch {
    return [];
  }
  return entries
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => {
      try {
        return PROGRAMS.has(readFileSync(join(proc, entry, 'comm'), 'utf8').trim());
      } catch {
        return false; // it has ended in the meantime
      }
    })
    .map(Number);
}

/** The process that was named, by its id or by a file that holds one; without a name, the only one there is. */
function target(name: string | undefined, proc: string | undefined): number {
  if (name === undefined || name === '') {
    const pids = runningBrokers(proc);
    const [only, ...others] = pids;
    if (only !== undefined && others.length === 0) return only;
    const found =
      only === undefined ? 'no broker is running' : `several brokers are running: ${pids.join(', ')}`;
    throw invalid(`--signal: ${found}; name one, as in --signal reload=4711, or its pid file`);
  }
  let text = name;
  if (!/^\d+$/.test(name)) {
    try {
      text = readFileSync(name, 'utf8').trim();
    } catch (error) {
      throw invalid(`--signal: ${name}: neither a process id nor a pid file: ${readErrorText(error)}`);
    }
  }
  const pid = Number(text);
  if (!/^\d+$/.test(text) || pid < 1) throw invalid(`--signal: ${name}: no process id`);
  return pid;
}

/**
 * Sends a signal as `-sl` names it: `reload`, `reload=4711`, `reload=sluice.pid`.
 * @param proc for {@link runningBrokers}
 * @throws SluiceError CONFIG_INVALID, one line
 */
export function sendSignal(command: string, proc?: string): void {
  const [word = '', ...names] = command.split('=');
  const signal = SIGNALS.get(word);
  if (signal === undefined || names.length > 1) {
    throw invalid(`--signal ${command}: not a signal, allowed: ${[...SIGNALS.keys()].join(', ')}, and =PID`);
  }
  const pid = target(names[0], proc);
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const fault = code === 'ESRCH' ? 'no such process' : code === 'EPERM' ? 'permission denied' : message;
    throw invalid(`--signal ${word}: process ${pid}: ${fault}`);
  }
}
