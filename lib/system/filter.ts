import type { RequestOptions } from './fields.js';
import type { ServerIdentity } from './server-description.js';

/** Whether a request is for the server that is described. */
export function isFor(
  { name, host, cluster = '', domain = '', tags }: ServerIdentity,
  options: RequestOptions,
): boolean {
  const isExact = options.flag('exact_match');
  const fits = (field: string, own: string): boolean => {
    const wanted = options.text(field);
    return wanted === '' || (isExact ? own === wanted : own.includes(wanted));
  };
  // Tags are compared without regard to case, as nats-server's are in lower case.
  const own = new Set(tags.map((tag) => tag.toLowerCase()));
  return (
    fits('server_name', name) &&
    fits('host', host) &&
    fits('cluster', cluster) &&
    options.list('tags').every((tag) => own.has(tag.toLowerCase())) &&
    ['', domain].includes(options.text('domain'))
  );
}
