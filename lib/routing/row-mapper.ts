import type { Work } from '../clients/work.js';
import {
  type CommandBatch,
  cell,
  FLAGS,
  OTHER,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
  TRACED,
} from '../frame/command.js';
import { renameRows } from '../frame/rename.js';
import type { Mappings } from './mappings.js';

/** Work of mapping one message. */
const MAPPING_UNITS = 6;
/**
 * How often a batch is mapped again because a CONNECT in it has changed the account. Each time takes memory. Beyond it
 * messages keep the subjects they have.
 */
const MAX_REPEATS = 2;

/** What has been mapped of a batch. */
interface Mapped {
  readonly by: Mappings;
  readonly repeats: number;
  /** Its rows as they were; undefined: no other command can change the account. */
  readonly columns: Int32Array | undefined;
  /** What messages that may be traced were published to, by row. */
  readonly originals: ReadonlyMap<number, string>;
}

/** Maps the subjects of the publishes in a batch before they are routed: once, though batches are taken in slices. */
export class RowMapper {
  private readonly work: Work;
  private readonly batches = new WeakMap<CommandBatch, Mapped>();

  /** @param work counts what it costs */
  constructor(work: Work) {
    this.work = work;
  }

  /**
   * Maps the publishes from row `from` on, unless that has been done; returns whether the batch has other bytes now.
   * @param mappings undefined: the account has none
   */
  map(mappings: Mappings | undefined, batch: CommandBatch, from: number): boolean {
    // Queue groups that another server has chosen are those of the subject as it came.
    if (mappings === undefined || batch.queues !== undefined || from >= batch.length) return false;
    const earlier = this.batches.get(batch);
    if (earlier?.by === mappings) return false;
    if (earlier !== undefined && (earlier.columns === undefined || earlier.repeats === MAX_REPEATS))
      return false;
    const columns = earlier?.columns ?? batch.columns;
    const { bytes, length } = batch;
    const names: (string | undefined)[] = [];
    const originals = new Map<number, string>();
    let hasOthers = false;
    let isRenamed = earlier !== undefined;
    for (let row = from; row < length; row++) {
      const at = row * STRIDE;
      const flags = cell(columns, at + FLAGS);
      let name: string | undefined;
      if ((flags & OTHER) !== 0) hasOthers = true;
      else {
        const subject = bytes.toString(
          'latin1',
          cell(columns, at + SUBJECT),
          cell(columns, at + SUBJECT_END),
        );
        name = mappings.map(subject);
        isRenamed ||= name !== undefined;
        if (name !== undefined && (flags & TRACED) !== 0) originals.set(row, batch.subject(row));
      }
      names.push(name);
    }
    this.work.units += (length - from) * MAPPING_UNITS;
    const kept = hasOthers ? columns.slice() : undefined;
    const repeats = earlier === undefined ? 0 : earlier.repeats + 1;
    this.batches.set(batch, { by: mappings, repeats, columns: kept, originals });
    if (isRenamed) renameRows(batch, columns, from, names, hasOthers || from > 0);
    return isRenamed;
  }

  /** What row `row` was published to, where it may be traced and has been mapped; undefined: its subject is its own. */
  originalOf(batch: CommandBatch, row: number): string | undefined {
    return this.batches.get(batch)?.originals.get(row);
  }
}
