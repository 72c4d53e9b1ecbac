/** Reads the text formats of metrics, strictly enough for specs, and independently of what writes them. */

/** One metric of an answer. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** By labels as they are written, such as `account="A"`; empty for none. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$/;

/** The metrics of an answer by the name of their samples; throws where a line is none. */
export function parseMetrics(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  const heads = new Map<string, { type: string; help: string }>();
  if (!text.endsWith('\n')) throw new Error('no line end at the end');
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue;
    const [, keyword, named = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword !== undefined) {
      const head = heads.get(named) ?? { type: '', help: '' };
      heads.set(named, keyword === 'HELP' ? { ...head, help: rest } : { ...head, type: rest });
      continue;
    }
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === '') throw new Error(`no sample: ${line}`);
    const head = heads.get(name) ?? heads.get(name.replace(/_total$/, ''));
    if (head === undefined) throw new Error(`no HELP and TYPE before ${line}`);
    const family = families.get(name) ?? { ...head, samples: new Map<string, number>() };
    if (family.samples.has(labels)) throw new Error(`twice: ${line}`);
    if (!Number.isFinite(Number(value))) throw new Error(`no number: ${line}`);
    family.samples.set(labels, Number(value));
    families.set(name, family);
  }
  return families;
}

/** The value of one series; undefined where there is none. */
export function sampleOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels = '',
): number | undefined {
  return families.get(name)?.samples.get(labels);
}
