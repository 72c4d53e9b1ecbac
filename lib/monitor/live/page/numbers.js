export const whole = new Intl.NumberFormat('en');

/** `1234567` as `1.23 M`. */
export function short(value) {
  if (value === undefined || value === null) return '–';
  if (value < 10) return String(Math.round(value * 10) / 10);
  if (value < 10_000) return whole.format(Math.round(value));
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ])
    if (value >= size) return `${Number((value / size).toPrecision(3))} ${unit}`;
  return '–';
}

export function bytes(value) {
  if (value === undefined || value === null) return '–';
  if (value < 1_024) return `${Math.round(value)} B`;
  const power = Math.min(Math.floor(Math.log2(value) / 10), 4);
  return `${Number((value / 1_024 ** power).toPrecision(3))} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

export function span(ms) {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export function ms(value) {
  return value < 1 ? `${value.toFixed(2)} ms` : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
