/** What WebSockets cost beside TCP, of a run of `--websocket`: tables for docs/websocket.md. */
import { type Cell, labelOf, WEBSOCKET_PAIRS } from './cells.js';
import { table } from './markdown.js';
import { provenance, remarks } from './notes.js';
import { namesOf, type ReportedFigure, type ResultFile } from './results.js';
import { digits, NONE, quantity, times } from './units.js';

export const WEBSOCKET_PAGE = 'docs/websocket.md';

/** A figure's name within a cell, and how a value over TCP and one over a WebSocket are shown. */
interface Column {
  readonly figure: string;
  readonly third: string;
  readonly cells: (tcp: number, websocket: number) => readonly string[];
}

const RATE: Column = {
  figure: 'rate',
  third: 'ratio',
  cells: (tcp, websocket) => [
    quantity(tcp, 'messages/s'),
    quantity(websocket, 'messages/s'),
    times(websocket / tcp),
  ],
};

/** CPU seconds for a million messages are microseconds for one. */
const CPU: Column = {
  figure: 'cpu',
  third: 'more',
  cells: (tcp, websocket) => [digits(tcp), digits(websocket), signed(websocket - tcp)],
};

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${digits(Math.abs(value))}`;
}

function compared(file: ResultFile, { figure, third, cells }: Column): string {
  const names = namesOf(file, 'subject', 'peer');
  const figures = new Map(file.figures.map((each) => [each.id, each]));
  const find = ({ id }: Cell): ReportedFigure | undefined => figures.get(`${id} ${figure}`);
  const rows = WEBSOCKET_PAIRS.flatMap(([tcp, websocket]) => {
    const [one, other] = [find(tcp), find(websocket)];
    if (one === undefined || other === undefined) return [];
    const values = names.flatMap((name) => {
      const [a, b] = [one, other].map(({ summary }) => summary.of[name]?.median);
      return a === undefined || b === undefined ? [NONE, NONE, NONE] : cells(a, b);
    });
    return [[labelOf(tcp), ...values]];
  });
  return table(['', ...names.flatMap((name) => [`${name}: TCP`, 'WebSocket', third])], rows);
}

/** Both tables, with where and how they were measured. */
export function websocketPart(file: ResultFile): string {
  const notes = remarks(file);
  const { rounds, runSeconds } = file.plan;
  return [
    `${provenance(file)} Medians of ${rounds} alternating rounds of about ${runSeconds.toFixed(1)} s.`,
    'CPU time of the broker for each message delivered, in microseconds:',
    compared(file, CPU),
    'Messages published a second:',
    compared(file, RATE),
    ...(notes === undefined ? [] : [notes]),
  ].join('\n\n');
}
