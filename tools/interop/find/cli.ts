import { Nats } from '../cli/command.js';
import { CONNECTIONS } from '../cli/connections.js';
import { MESSAGES } from '../cli/messages.js';
import { STREAMS } from '../cli/streams.js';
import { SYSTEM } from '../cli/system.js';
import { type Find, PASSED } from '../client.js';
import { ask } from '../command.js';

const NAME = 'nats command';
const SCENARIOS = { ...MESSAGES, ...CONNECTIONS, ...STREAMS, ...SYSTEM };

/** The `nats` command on the PATH. */
export const findCli: Find = async () => {
  const version = await ask('nats', '--version');
  if (version === undefined) {
    return { name: NAME, reason: 'not on PATH (go install github.com/nats-io/natscli/nats@latest)' };
  }
  return {
    name: NAME,
    version,
    run: async (world) => {
      const scenario = SCENARIOS[world.scenario.name];
      if (!scenario) return { kind: 'skipped', reason: 'this client has no way to do it' };
      await scenario(new Nats(world));
      return PASSED;
    },
  };
};
