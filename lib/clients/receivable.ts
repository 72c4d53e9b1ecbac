import type { DeliveryFilter } from '../domain/permissions.js';
import { type CommandBatch, HASH, STRIDE, SUBJECT, SUBJECT_END } from '../frame/command.js';

/** Whether `filter` lets its client receive row `row`, a publish. */
export function isReceivable(filter: DeliveryFilter, { bytes, columns }: CommandBatch, row: number): boolean {
  const at = row * STRIDE;
  return filter.mayReceive(bytes, columns[at + SUBJECT]!, columns[at + SUBJECT_END]!, columns[at + HASH]!);
}
