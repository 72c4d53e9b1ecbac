/** A part of an answer that has been written already, in steps, as it is long. */
export class WrittenJson {
  readonly text: string;

  /** @param text JSON */
  constructor(text: string) {
    this.text = text;
  }
}

/** An answer, objects and lists within it, as JSON. */
export function answerText(answer: object): string {
  if (answer instanceof WrittenJson) return answer.text;
  if (Array.isArray(answer) || !hasWritten(answer)) return JSON.stringify(answer);
  const properties: string[] = [];
  for (const [name, value] of Object.entries(answer) as [string, unknown][]) {
    if (value === undefined) continue;
    const text = typeof value === 'object' && value !== null ? answerText(value) : JSON.stringify(value);
    properties.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${properties.join(',')}}`;
}

/** Whether what has been written is in it, or in an object of it. */
function hasWritten(answer: object): boolean {
  return Object.values(answer).some(
    (value: unknown) =>
      value instanceof WrittenJson ||
      (typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.values(value).some((each) => each instanceof WrittenJson)),
  );
}
