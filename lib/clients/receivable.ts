import type { DeliveryFilter } from '../domain/permissions.js';
import { type CommandBatch, cell, HASH, STRIDE, SUBJECT, SUBJECT_END } from '../frame/command.js';

/** Whether `filter` lets its client receive row `row`, a publish. */
export function isReceivable(filter: DeliveryFilter, batch: CommandBatch, row: number): boolean {
  const { bytes, columns } = batch;
  const { maxPayloadBytes } = filter;
  if (maxPayloadBytes !== undefined && batch.payloadBytes(row) > maxPayloadBytes) return false;
  const at = row * STRIDE;
  return filter.mayReceive(
    bytes,
    cell(columns, at + SUBJECT),
    cell(columns, at + SUBJECT_END),
    cell(columns, at + HASH),
  );
}
