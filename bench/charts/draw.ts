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
    const body = renumber(chart.renderToSVGString({ useViewBox: true }))
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
