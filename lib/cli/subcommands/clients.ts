/** The subcommands that are clients, together in one file of the bundle. */
export { perform as pub } from './pub.js';
export { perform as req } from './req.js';
export { sub, tap } from './watch.js';
