/** `sluice check`: what a start would say of a configuration. */
import { printConfig } from '../../config.js';
import { parseArguments } from '../arguments.js';
import { inspect } from '../inspect.js';
import { personaOf } from '../persona.js';
import type { Options } from './options.js';
import { warn } from './warn.js';

/** Resolves to the exit code. Throws SluiceError CONFIG_INVALID, CONFIG_UNREADABLE with what is wrong, a line each. */
export async function perform(options: Options): Promise<number> {
  const [word] = options.expectWords(0, 1, 'one word too many, allowed: one file');
  const named = options.text('config');
  if (word !== undefined && named !== undefined)
    throw options.wrong(`${word}: a second file, allowed: one (--config is another)`);
  const file = word ?? named;
  const args = parseArguments(file === undefined ? [] : ['--config', file], 'sluice');
  const found = await inspect({ args, persona: personaOf([]), environment: process.env });
  for (const warning of [...found.warnings, ...found.risks]) warn(`warning: ${warning}`);
  process.stdout.write(
    options.isOn('print')
      ? printConfig(found.settings)
      : `${found.file ?? 'the configuration, without a file,'} is valid\n`,
  );
  return 0;
}
