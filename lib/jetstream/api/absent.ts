import { ApiError, type ApiErrorName } from './errors.js';
import type { Route } from './route.js';

/** A request that is known, and cannot be carried out by a single server or by this one. */
function absent(name: string, parameters: number, type: string, error: ApiErrorName): Route {
  return {
    ...{ name, type },
    tokens: [parameters, parameters],
    handle() {
      throw new ApiError(error);
    },
  };
}

/** Snapshots, which there are none of, and what only clusters do. */
export const ABSENT_ROUTES: readonly Route[] = [
  absent('STREAM.SNAPSHOT', 1, 'stream_snapshot', 'BAD_REQUEST'),
  absent('STREAM.RESTORE', 1, 'stream_restore', 'BAD_REQUEST'),
  absent('STREAM.LEADER.STEPDOWN', 1, 'stream_leader_stepdown', 'CLUSTER_REQUIRED'),
  absent('CONSUMER.LEADER.STEPDOWN', 2, 'consumer_leader_stepdown', 'CLUSTER_REQUIRED'),
  absent('STREAM.PEER.REMOVE', 1, 'stream_remove_peer', 'CLUSTER_REQUIRED'),
];
