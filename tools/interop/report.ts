import type { Client, Missing, Outcome } from './client.js';

interface Row {
  readonly name: string;
  readonly version: string;
  passed: number;
  failed: number;
  skipped: number;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '        ');
}

/** Says how it goes as it goes, and a table at the end. */
export class Report {
  private readonly title: string;
  private readonly rows: Row[] = [];
  private readonly absent: Missing[] = [];
  private complaints = 0;

  constructor(title: string) {
    this.title = title;
  }

  missing(client: Missing): void {
    this.absent.push(client);
    console.log(`\nskipped: ${client.name}: ${client.reason}`);
  }

  /** What is added from now on is about this client. */
  begin({ name, version }: Pick<Client, 'name' | 'version'>): void {
    this.rows.push({ name, version, passed: 0, failed: 0, skipped: 0 });
    console.log(`\n${name} ${version}`);
  }

  add(scenario: string, outcome: Outcome): void {
    const row = this.rows.at(-1)!;
    row[outcome.kind]++;
    if (outcome.kind === 'passed') console.log(`  ok    ${scenario}`);
    if (outcome.kind === 'skipped') console.log(`  skip  ${scenario}: ${outcome.reason}`);
    if (outcome.kind === 'failed') console.log(`  FAIL  ${scenario}\n${indent(outcome.reason)}`);
  }

  /** The server has logged something that it should not. */
  addComplaint(line: string): void {
    this.complaints++;
    console.log(`\nFAIL  the server: ${line}`);
  }

  get hasFailed(): boolean {
    return this.complaints > 0 || this.rows.some((row) => row.failed > 0);
  }

  summarise(): void {
    const cells = [
      ['client', 'version', 'passed', 'failed', 'skipped'],
      ...this.rows.map((row) => [row.name, row.version, row.passed, row.failed, row.skipped].map(String)),
      ...this.absent.map(({ name }) => [name, 'not found', '', '', '']),
    ];
    const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
    console.log(`\n${this.title}`);
    for (const row of cells) {
      const padded = row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
      console.log(`  ${padded.join('  ').trimEnd()}`);
    }
  }
}
