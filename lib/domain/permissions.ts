/** Which messages of a subscription are delivered. */
export interface DeliveryFilter {
  /** Largest payload, headers included, in bytes; undefined: any. */
  readonly maxPayloadBytes?: number | undefined;
  mayReceive(bytes: Buffer, start: number, end: number, hash: number): boolean;
}

/**
 * What a login may publish and hear. One object per user, shared by its connections, so that what was worked out for
 * a subject is worked out once. Absent on a client: it may do everything.
 *
 * Subjects come as `bytes[start, end)` with their `hashBytes` hash, as in a batch's row.
 */
export interface Permissions {
  /** False where publishing is not restricted at all, so that no check is needed. */
  readonly restrictsPublish: boolean;
  mayPublish(bytes: Buffer, start: number, end: number, hash: number): boolean;
  /**
   * Whether one may subscribe to `subject`, as a member of `queue` where given. A promise, which must not reject, where
   * that takes longer: then what the client says next waits.
   */
  maySubscribe(subject: string, queue: string | undefined): boolean | Promise<boolean>;
  /**
   * What to ask of each message for a subscription that is allowed and still covers subjects that are denied to it;
   * undefined where it covers none. The same object for the same subject and queue, as a rule.
   */
  filterFor(subject: string, queue: string | undefined): DeliveryFilter | undefined;
  /** Leave to answer what one was sent, beyond what `mayPublish` says. */
  readonly responses: { readonly max: number; readonly expiresMs: number } | undefined;
  /** The rules in the shape nats-server tells a client of its own. */
  describe(): object;
}
