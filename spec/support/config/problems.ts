/** What is wrong with a TOML text, as its reader is told. */
import { parse } from 'smol-toml';
import { configFrom, type SettingsInput } from '../../../lib/config.js';
import { SluiceError } from '../../../lib/domain/errors.js';

/** A configuration from TOML, without a file. */
export function configOf(toml: string) {
  return configFrom(parse(toml) as SettingsInput);
}

/** The lines of complaint; none where there is nothing to complain of. */
export function problemsOf(toml: string): readonly string[] {
  try {
    configOf(toml);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

/** A public nkey of the kind, the same for the same letter. */
export function key(kind: 'O' | 'A' | 'U', letter: string): string {
  return kind + letter.repeat(55);
}
