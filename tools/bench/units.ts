/** Quantities as people read them: three digits, so that noise does not look like precision, and a fitting unit. */
import type { Unit } from './figures.js';

/** In the place of what is not known. */
export const NONE = '–';

type Steps = readonly (readonly [unit: string, size: number])[];

const DECIMAL: Steps = [
  [' M', 1e6],
  [' k', 1e3],
  [' ', 0],
];
const BINARY: Steps = [
  [' GiB', 2 ** 30],
  [' MiB', 2 ** 20],
  [' KiB', 2 ** 10],
  [' B', 0],
];
const TIME: Steps = [
  [' s', 1],
  [' ms', 1e-3],
  [' µs', 1e-6],
  [' ns', 0],
];

/** Three significant digits, never an exponent. */
export function digits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return value.toFixed(decimals);
}

/** In the largest unit of which it is one or more, once rounded. */
function inSteps(value: number, steps: Steps, smallest = 1): string {
  const [unit, size] = steps.find(([, size]) => value >= 0.9995 * size) ?? ['', 1];
  const whole = size === 0 && smallest === 1 && Number.isInteger(value);
  return `${whole ? value : digits(value / (size || smallest))}${unit}`;
}

/** The same without zeros that say nothing, for the ticks of an axis: `10.0 k` → `10 k`. */
export function tick(text: string): string {
  return text.replace(/(\.\d*?)0+(?!\d)/, '$1').replace(/\.(?!\d)/, '');
}

/** `12,345,678` → `12.3 M`. */
export function amount(value: number): string {
  return inSteps(value, DECIMAL).trimEnd();
}

/** `1234` bytes → `1.21 KiB`. */
export function bytes(value: number): string {
  return inSteps(value, BINARY);
}

/** `0.00034` seconds → `340 µs`. */
export function duration(seconds: number): string {
  return inSteps(seconds, TIME, 1e-9);
}

/** `2` → `2.00×`. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/** `0.12` → `12 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const FORMATS: Readonly<Partial<Record<Unit, (value: number) => string>>> = {
  bytes,
  seconds: duration,
  'CPU s per million': (value) => `${digits(value)} s`,
  cores: (value) => `${digits(value)} cores`,
};

/** A quantity with its unit, short: `12.3 M/s`, `340 µs`. Everything counted per second has `/s`. */
export function quantity(value: number | undefined, unit: Unit): string {
  if (value === undefined) return NONE;
  const format = FORMATS[unit];
  if (format !== undefined) return format(value);
  const text = amount(value);
  return `${/\d$/.test(text) ? `${text} ` : text}/s`;
}
