import { Copier, type ShownSource } from './copier.js';
import { Mirror } from './mirror.js';
import type { CopyTarget } from './target.js';

/** Everything that a stream copies from others. */
export class Copies {
  private readonly target: CopyTarget;
  private mirror: Copier | undefined = undefined;
  private isStopped = false;

  constructor(target: CopyTarget) {
    this.target = target;
  }

  /** Begins, or goes by the target's configuration as it is now. */
  start(): void {
    const { target } = this;
    const { mirror } = target.config;
    if (mirror === undefined) {
      this.mirror?.stop();
      this.mirror = undefined;
    } else if (this.mirror === undefined) {
      this.mirror = new Copier(target, mirror, new Mirror(target, mirror));
      this.mirror.start();
    }
  }

  stop(): void {
    this.isStopped = true;
    this.pause();
  }

  /** The target has lost what was not committed, and takes nothing. */
  pause(): void {
    this.mirror?.stop();
  }

  /** The target takes messages again. */
  restart(): void {
    if (!this.isStopped) this.mirror?.start();
  }

  streamAdded(name: string): void {
    this.mirror?.streamAdded(name);
  }

  committed(sequence: number): void {
    this.mirror?.targetCommitted(sequence);
  }

  /** A message of the target is gone: there may be room for what was refused. */
  tryAgain(): void {
    this.mirror?.tryAgain();
  }

  /** Whether it may answer direct gets of the stream of that name. */
  canAnswerFor(name: string): boolean {
    const { mirror, mirror_direct } = this.target.config;
    return mirror_direct && mirror?.name === name && this.mirror?.hasCaughtUp === true;
  }

  /** What answers say of it. */
  get shown(): { readonly mirror?: ShownSource } {
    return this.mirror === undefined ? {} : { mirror: this.mirror.shown };
  }
}
