/** Formats of metrics: `openmetrics` is OpenMetrics 1.0, `prometheus` the text format 0.0.4. */
export type MetricsFormat = 'openmetrics' | 'prometheus';

/** The format that a request prefers by its `Accept`; `prometheus` where it says nothing of either. */
export function preferredFormat(accept: string | undefined): MetricsFormat {
  let open = 0;
  let text = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((each) => each.startsWith('q='));
    const q = quality === undefined ? 1 : Number(quality.slice('q='.length)) || 0;
    if (type === 'application/openmetrics-text') open = Math.max(open, q);
    else if (type === 'text/plain') text = Math.max(text, q);
  }
  return open > 0 && open >= text ? 'openmetrics' : 'prometheus';
}
