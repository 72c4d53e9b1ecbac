/** What the server publishes by itself: loaded with the first of it that has a receiver. */
export { accountConnectionsEvent, connectEvent, disconnectEvent, makeEventId } from './event-messages.js';
export { statszRow } from './statsz.js';
