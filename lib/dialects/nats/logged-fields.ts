import type { NatsCommand } from './commands.js';

/** Fields of a CONNECT that may be logged; anything else could be a secret. */
const HARMLESS: ReadonlySet<string> = new Set([
  'verbose',
  'pedantic',
  'echo',
  'headers',
  'no_responders',
  'protocol',
  'user',
  'name',
  'lang',
  'version',
]);

/** Fields shown by name alone. No others, as a client could take a field of the log line for one. */
const SECRET: ReadonlySet<string> = new Set(['pass', 'auth_token', 'jwt', 'nkey', 'sig']);
const REDACTED = '[REDACTED]';

/** Returns the fields of a command that the log may show. */
export function loggedFields(command: NatsCommand): object {
  if (command.op !== 'CONNECT') return command;
  return Object.fromEntries(
    Object.entries(command.options)
      .filter(([key]) => HARMLESS.has(key) || SECRET.has(key))
      .map(([key, value]) => [key, SECRET.has(key) ? REDACTED : value]),
  );
}
