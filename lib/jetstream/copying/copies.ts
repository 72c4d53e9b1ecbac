import type { Steps } from '../../domain/steps.js';
import { sourceId } from '../settings/source-id.js';
import { Copier, type ShownSource } from './copier.js';
import { Mirror } from './mirror.js';
import { Source } from './source.js';
import { lastPositions } from './source-header.js';
import type { CopyingStream } from './target.js';

interface CopiedSource {
  readonly rule: Source;
  readonly copier: Copier;
}

/** Everything that a stream copies from others. */
export class Copies {
  private readonly target: CopyingStream;
  private mirror: Copier | undefined = undefined;
  /** By their ids, in the order of the configuration. */
  private sources = new Map<string, CopiedSource>();
  /** Those that wait for room in the target. */
  private readonly refused = new Set<Copier>();
  private isStopped = false;

  constructor(target: CopyingStream) {
    this.target = target;
  }

  /** Begins, or goes by the target's configuration as it is now. */
  start(): void {
    const { target, sources } = this;
    const { mirror, sources: configured = [] } = target.config;
    if (mirror === undefined) {
      this.mirror?.stop();
      this.mirror = undefined;
    } else if (this.mirror === undefined) {
      this.mirror = new Copier(target, mirror, new Mirror(target, mirror), this.refused);
      this.mirror.start();
    }
    this.sources = new Map();
    const added: CopiedSource[] = [];
    for (const source of configured) {
      const id = sourceId(source);
      const known = sources.get(id);
      sources.delete(id);
      const rule = known?.rule ?? new Source(target, source);
      const copied = known ?? { rule, copier: new Copier(target, source, rule, this.refused) };
      this.sources.set(id, copied);
      if (known === undefined) added.push(copied);
    }
    for (const { copier } of sources.values()) copier.stop();
    this.begin(added);
  }

  stop(): void {
    this.isStopped = true;
    this.pause();
  }

  /** The target has lost what was not committed, and takes nothing. */
  pause(): void {
    for (const copier of this.copiers()) copier.stop();
  }

  /** The target takes messages again. */
  restart(): void {
    if (this.isStopped) return;
    this.mirror?.start();
    this.begin([...this.sources.values()]);
  }

  /** What is read by messages is read in the account that there is now. */
  accountReplaced(): void {
    for (const copier of this.copiers()) if (copier.source.external !== undefined) copier.start();
  }

  streamAdded(name: string): void {
    for (const copier of this.copiers()) copier.streamAdded(name);
  }

  committed(sequence: number): void {
    for (const copier of this.copiers()) copier.targetCommitted(sequence);
  }

  /** A message of the target is gone: there may be room for what was refused. */
  tryAgain(): void {
    for (const copier of this.refused) copier.tryAgain();
  }

  /** Whether it may answer direct gets of the stream of that name. */
  canAnswerFor(name: string): boolean {
    const { mirror, mirror_direct } = this.target.config;
    return mirror_direct && mirror?.name === name && this.mirror?.hasCaughtUp === true;
  }

  /** What answers say of it. */
  get shown(): { readonly mirror?: ShownSource; readonly sources?: readonly ShownSource[] } {
    const { mirror, sources } = this;
    return {
      ...(mirror === undefined ? {} : { mirror: mirror.shown }),
      ...(sources.size === 0 ? {} : { sources: [...sources.values()].map(({ copier }) => copier.shown) }),
    };
  }

  /** Has sources go on from what the target has of them. */
  private begin(sources: readonly CopiedSource[]): void {
    if (sources.length === 0) return;
    const { turns, failed } = this.target.host.tools;
    const begun = turns.run(this.findPositions(sources));
    if (begun instanceof Promise) begun.catch(failed);
  }

  private *findPositions(sources: readonly CopiedSource[]): Steps<void> {
    const ids = sources.map(({ rule }) => rule.id);
    const positions = yield* lastPositions(this.target.store, ids);
    for (const source of sources) {
      const { rule, copier } = source;
      // It may have been taken out of the configuration meanwhile.
      if (this.isStopped || this.sources.get(rule.id) !== source) continue;
      rule.position = positions.get(rule.id) ?? { sequence: 0, identity: '' };
      copier.start();
    }
  }

  private *copiers(): Generator<Copier> {
    if (this.mirror !== undefined) yield this.mirror;
    for (const { copier } of this.sources.values()) yield copier;
  }
}
