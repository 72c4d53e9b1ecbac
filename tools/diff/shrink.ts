/** Makes a session small while it still shows what it shows. */
import { bytesOf, type Session, type Step } from './session.js';

/** Most sessions that are played for one that is shrunk. */
const MOST_TRIES = 250;

/**
 * The smallest session found that still `differs`: steps, then commands, then cuts are taken away.
 *
 * @param session one that differs
 */
export async function shrink(
  session: Session,
  differs: (candidate: Session) => Promise<boolean>,
): Promise<Session> {
  let tries = 0;
  const still = async (candidate: Session): Promise<boolean> => tries++ < MOST_TRIES && differs(candidate);
  let best = session;
  for (let before = -1; before !== sizeOf(best) && tries < MOST_TRIES; ) {
    before = sizeOf(best);
    const steps = await fewer(best.steps, (kept) => still({ ...best, steps: kept }));
    best = { ...best, steps };
    for (let i = 0; i < best.steps.length; i++) {
      const step = best.steps[i]!;
      const using = (changed: Step): Session => ({ ...best, steps: best.steps.with(i, changed) });
      const uncut: Step = { ...step, cuts: [] };
      const current = step.cuts.length > 0 && (await still(using(uncut))) ? uncut : step;
      const items = await fewer(current.items, (kept) => still(using({ ...current, items: kept })));
      best = using({ ...current, items });
    }
  }
  return withoutIdleClients(best, still);
}

/** A shorter list that `holds`, found by leaving out halves, quarters … single entries. */
export async function fewer<T>(
  list: readonly T[],
  holds: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await holds(without)) kept = without;
      else at += size;
    }
  }
  return kept;
}

async function withoutIdleClients(
  session: Session,
  holds: (candidate: Session) => Promise<boolean>,
): Promise<Session> {
  const used = [...new Set(session.steps.map(({ client }) => client))].sort();
  if (used.length === session.clients || used.length === 0) return session;
  const steps = session.steps.map((step) => ({ ...step, client: used.indexOf(step.client) }));
  const smaller = { ...session, clients: used.length, steps };
  return (await holds(smaller)) ? smaller : session;
}

function sizeOf({ steps }: Session): number {
  return steps.reduce(
    (sum, step) => sum + 1 + step.items.length + step.cuts.length + bytesOf(step).length,
    0,
  );
}
