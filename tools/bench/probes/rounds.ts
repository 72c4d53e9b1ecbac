/** Runs a probe on several brokers in turns, and makes figures of what the rounds left. */
import type { Contender } from '../brokers.js';
import type { Failure, Figure } from '../figures.js';
import type { Probe, ProbeFigure, Size } from './probe.js';

/** What one contender left in one round. */
export interface Turn {
  readonly contender: string;
  readonly figures: readonly ProbeFigure[];
}

/**
 * As many rounds as asked for, at most those the probe is worth; in each all contenders that can run it, one after the
 * other. Never rejects for what a broker does.
 */
export async function roundsOf(
  probe: Probe,
  contenders: readonly Contender[],
  rounds: number,
  size: Size,
): Promise<readonly Figure[]> {
  const able = contenders.filter((contender) => probe.runs(contender));
  const turns: Turn[] = [];
  for (let round = 0; round < Math.min(rounds, probe.rounds); round++) {
    for (const contender of able) {
      turns.push({ contender: contender.name, figures: await probe.measure(contender, size) });
    }
  }
  return merged(probe, turns);
}

/** Figures in the order in which they first came up; the samples of a contender in the order of its turns. Pure. */
export function merged({ group, title }: Pick<Probe, 'group' | 'title'>, turns: readonly Turn[]): Figure[] {
  const figures = new Map<
    string,
    {
      readonly first: ProbeFigure;
      readonly samples: Record<string, (number | Failure)[]>;
      readonly notes: Set<string>;
    }
  >();
  for (const { contender, figures: left } of turns) {
    for (const figure of left) {
      const entry = figures.get(figure.id) ?? { first: figure, samples: {}, notes: new Set<string>() };
      figures.set(figure.id, entry);
      const samples = entry.samples[contender] ?? [];
      entry.samples[contender] = samples;
      samples.push(figure.value);
      for (const note of figure.notes ?? []) entry.notes.add(note);
    }
  }
  return [...figures.values()].map(({ first, samples, notes }) => {
    const { value: _value, notes: _notes, ...rest } = first;
    return { ...rest, group, title, samples, ...(notes.size > 0 && { notes: [...notes] }) };
  });
}
