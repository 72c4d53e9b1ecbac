/** The start of a broker, with or without line clients. */
import type { Logger } from 'pino';
import { type ControlActions, type StartedBroker, startBroker } from '../broker.js';
import { type Config, type Loaded, withoutLine } from '../config.js';
import { SluiceError } from '../domain/errors.js';

/**
 * Starts the broker. Where the line listener is only the default and its port is taken, by another sluice most likely, it
 * starts without: several can be started side by side with nothing but a `--port` each.
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE; then nothing is left listening
 */
export async function startFor(
  { config, givenKeys }: Pick<Loaded, 'config' | 'givenKeys'>,
  logger: Logger,
  actions: ControlActions = {},
): Promise<{ readonly broker: StartedBroker; readonly hasNoLine: boolean }> {
  const mustHaveLine = ['line.enabled', 'line.listener'].some((key) => givenKeys.has(key));
  try {
    return { broker: await startBroker(config, logger, actions), hasNoLine: false };
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'ADDRESS_IN_USE')) throw error;
    const advised = withAdvice(error, config);
    if (mustHaveLine || !config.nats.enabled) throw advised;
    const broker = await startBroker(withoutLine(config), logger, actions).catch(() =>
      Promise.reject(advised),
    );
    logger.warn(`${advised.message}; line clients are not served`);
    return { broker, hasNoLine: true };
  }
}

/** What to do about a port that is taken, by the listener that the message names. */
const ADVICE: readonly (readonly [listener: RegExp, advice: string, more: string])[] = [
  [/^line /, 'choose another with --line ADDRESS', ', or do without line clients: --no-line'],
  [/^nats /, 'choose another with --port N', ', or -1 for any free one'],
  [/^monitor\.listener /, 'choose another with --http_port N', ''],
];

/** The error with a word on what to do about it; nats-server says no more than that the port is taken. */
function withAdvice(error: SluiceError, { log }: Config): SluiceError {
  const [, advice, more] = ADVICE.find(([listener]) => listener.test(error.message)) ?? [];
  if (advice === undefined || log.format === 'nats') return error;
  return new SluiceError(error.code, `${error.message}; ${advice}${more}`, { cause: error.cause });
}
