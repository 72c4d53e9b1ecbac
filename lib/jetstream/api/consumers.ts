import type { MessageRoute, Route } from './route.js';

/** Consumers: made, looked at, asked for messages, and deleted. */
export const CONSUMER_ROUTES: readonly (Route | MessageRoute)[] = [];
