import { NamedMap } from '../named-map.js';
import { FilterTrie } from '../store/filter-trie.js';
import type { SubjectFilter } from '../store/store.js';
import type { ConsumersByName, StreamConsumer } from './stream-side.js';

/** The consumers of a stream by their names, and the subjects that they take. One that takes others is put in anew. */
export class StreamConsumers extends NamedMap<StreamConsumer> implements ConsumersByName {
  listed = 0;
  private readonly subjects = new FilterTrie();
  /** As each was put in. */
  private readonly filters = new Map<string, SubjectFilter>();

  override set(name: string, consumer: StreamConsumer): this {
    this.forget(name);
    this.filters.set(name, consumer.filter);
    this.subjects.add(consumer.filter);
    if (consumer.isListed) this.listed++;
    return super.set(name, consumer);
  }

  override delete(name: string): boolean {
    this.forget(name);
    return super.delete(name);
  }

  override clear(): void {
    for (const name of this.keys()) this.forget(name);
    super.clear();
  }

  /** Names of those that are listed, in their order. */
  get listedNames(): readonly string[] {
    const { names } = this;
    return this.listed === this.size ? names : names.filter((name) => this.get(name)?.isListed === true);
  }

  /** Whether a consumer takes messages on that subject. */
  take(subject: string): boolean {
    return this.size > 0 && this.subjects.matches(subject);
  }

  /** Has a consumer come after all others. */
  moveToEnd(name: string): void {
    const consumer = this.get(name);
    if (consumer !== undefined && super.delete(name)) super.set(name, consumer);
  }

  private forget(name: string): void {
    const filter = this.filters.get(name);
    if (filter !== undefined) {
      this.subjects.remove(filter);
      if (this.get(name)?.isListed === true) this.listed--;
    }
    this.filters.delete(name);
  }
}
