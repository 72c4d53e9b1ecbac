import { join } from 'node:path';
import type { Find } from '../client.js';
import { ask } from '../command.js';
import { runProgram } from '../program.js';
import { SOURCES } from './places.js';

const NAME = 'nats.py';
const PROGRAM = join(SOURCES, 'python', 'client.py');
const LOOK = 'import nats, importlib.metadata as m; print(m.version("nats-py"))';

/** nats.py, where the Python in `INTEROP_PYTHON`, else `python3`, can import it. */
export const findPython: Find = async () => {
  const { INTEROP_PYTHON: python = 'python3' } = process.env;
  const version = await ask(python, '-c', LOOK);
  if (version === undefined) {
    const how = 'pip install nats-py nkeys, or INTEROP_PYTHON=the python of a virtual environment with them';
    return { name: NAME, reason: `${python} cannot import nats (${how})` };
  }
  const hasNkeys = (await ask(python, '-c', 'import nkeys')) !== undefined;
  return {
    name: NAME,
    version,
    run: (world) => {
      const needsNkeys = ['auth-nkey', 'auth-creds'].includes(world.scenario.name);
      if (needsNkeys && !hasNkeys) {
        return Promise.resolve({
          kind: 'skipped',
          reason: `${python} cannot import nkeys (pip install nkeys)`,
        });
      }
      return runProgram([python, PROGRAM], world);
    },
  };
};
