/** Paths of URLs that WebSockets are served on. */

/** Paths of nats-server for what is none of a client's. */
const OTHER_PATHS = /\/(?:leafnode|mqtt)$/;

/** What servers append to the path of a hub. */
export const LEAF_PATH = '/leafnode';

/** Whether it is leafs that connect on a path. */
export function isOfLeafs(path: string): boolean {
  return path.endsWith(LEAF_PATH);
}

/** What {@link isServable} takes, for messages. */
export const PATH_ALLOWED = 'a path such as /nats, without a query; not one that ends in /leafnode or /mqtt';

/** Whether no clients are served on a path, whatever is configured. */
export function isOfOthers(path: string): boolean {
  return OTHER_PATHS.test(path);
}

/** Whether a path can be asked for, and clients be served on it. */
export function isServable(path: string): boolean {
  return /^\/[!-"$->@-~]*$/.test(path) && !isOfOthers(path);
}
