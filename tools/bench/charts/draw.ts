/**
 * Draws with Apache ECharts: typed, kept by a foundation, one dependency of its own, and it renders SVG text in Node
 * without a browser or a DOM. Vega-Lite brings thirty packages for that, Observable Plot d3 and a DOM.
 */
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { ink, style } from './theme.js';

use([
  ...[BarChart, CustomChart, LineChart, ScatterChart],
  ...[GraphicComponent, GridComponent, LegendComponent, TitleComponent, SVGRenderer],
]);

const FONT = 'system-ui, sans-serif';

/** A picture as one would describe it to who cannot see it, and what ECharts needs to draw it. */
export interface Drawing {
  readonly about: string;
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

/** Without what a page would need to react to a pointer, and with short forms for empty elements. */
function withoutScripting(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replace(/>\s*<\/(?:path|rect|circle|polygon|polyline)>/g, '/>')
    .replaceAll('<defs >', '<defs>');
}

/** Coordinates to a tenth: what is beyond is nothing to see, and differs between machines. */
function rounded(svg: string): string {
  return svg.replace(/="[^"]*"/g, (value) =>
    value.replace(/\d+\.\d{2,}/g, (digits) => String(Math.round(Number(digits) * 10) / 10)),
  );
}

/** ECharts numbers its elements through the whole process; here they start at 0 in every picture. */
function renumber(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-[a-z]+-?\d+\b/g, (id) => {
    if (!names.has(id)) names.set(id, `e${names.size}`);
    return names.get(id) ?? id;
  });
}

/** The picture as a standalone SVG file, the same text for the same drawing. */
export function draw({ about, width, height, option }: Drawing): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: FONT, color: ink.text, fontSize: 12 },
      backgroundColor: 'transparent',
      ...option,
    });
    const body = rounded(renumber(withoutScripting(chart.renderToSVGString({ useViewBox: true }))))
      .replace(/^<svg[^>]*>/, '')
      .replace(/>\s*</g, '>\n<')
      .trimStart();
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}" ` +
      `role="img" aria-label="${escapeAttribute(about)}">\n<style>${style()}</style>\n${body}\n`
    );
  } finally {
    chart.dispose();
  }
}
