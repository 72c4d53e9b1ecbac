import { type Address, formatAddress, shownHost } from '../domain/address.js';
import { SluiceError } from '../domain/errors.js';

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine has no addresses of that kind',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the name of the host cannot be resolved now',
};

/** ADDRESS_IN_USE or ADDRESS_UNUSABLE: why `listener`, as it is called in messages, cannot listen on `endpoint`. */
export function listenError(listener: string, endpoint: Address, error: NodeJS.ErrnoException): SluiceError {
  const where = `${listener} ${formatAddress({ ...endpoint, host: shownHost(endpoint.host) })}`;
  const cause = { cause: error };
  if (error.code === 'EADDRINUSE')
    return new SluiceError('ADDRESS_IN_USE', `${where}: address already in use`, cause);
  const fault = FAULTS[error.code ?? ''] ?? error.code ?? error.message;
  return new SluiceError('ADDRESS_UNUSABLE', `${where}: cannot listen there: ${fault}`, cause);
}
