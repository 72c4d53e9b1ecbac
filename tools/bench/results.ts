/** The result file: everything that was measured, where, and what comes of it. */
import { cpus, totalmem } from 'node:os';
import type { Curve, Figure } from './figures.js';
import { type Summary, summarize } from './summary.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly platform: string;
  readonly node: string;
}

/** `floor` is the raw relay: it is no broker, and nothing is expected against it. */
export type Role = 'subject' | 'peer' | 'floor';

export interface ReportedContender {
  readonly name: string;
  readonly version: string;
  readonly role: Role;
}

export interface ReportedPlan {
  readonly rounds: number;
  /** Intended length of one run of a cell. */
  readonly runSeconds: number;
  readonly loadProcesses: number;
  readonly size: 'quick' | 'full';
}

export interface ReportedFigure extends Figure {
  readonly summary: Summary;
}

export interface ResultFile {
  /** ISO 8601, UTC, to the second. */
  readonly date: string;
  readonly machine: Machine;
  /** The subject first. */
  readonly contenders: readonly ReportedContender[];
  readonly plan: ReportedPlan;
  readonly figures: readonly ReportedFigure[];
  readonly curves: readonly Curve[];
}

/** Digits of a sample that are kept: more than any of them is worth, and a file that can be read. */
const DIGITS = 5;

/** This machine. */
export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The result file of a run that ends now on this machine. */
export function resultFile(
  contenders: readonly ReportedContender[],
  plan: ReportedPlan,
  figures: readonly Figure[],
  curves: readonly Curve[],
): ResultFile {
  const names = contenders.map(({ name }) => name);
  return {
    date: `${new Date().toISOString().slice(0, 19)}Z`,
    machine: machine(),
    contenders,
    plan,
    figures: figures.map((figure) => ({ ...figure, summary: summarize(figure, names) })),
    curves,
  };
}

/** The file as it is stored. */
export function serialize(file: ResultFile): string {
  const short = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
  const text = JSON.stringify(file, short, 2);
  // A list of numbers is one line.
  return `${text.replace(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (_all, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}

/** Names of the contenders in these roles, in their order. */
export function namesOf({ contenders }: ResultFile, ...roles: readonly Role[]): readonly string[] {
  return contenders.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
}
