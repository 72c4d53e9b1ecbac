/** What is looked at within a page: all but the first of these functions run in the browser. */
import axe from 'axe-core';

/** What axe-core finds wrong, best practices included: the rule, and where. */
export async function violations(page) {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
    );
  });
}

/** Visible texts whose contrast with what is behind them is below what WCAG 2 asks for at level AA. */
export function lowContrast() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [
    r * a + R * (1 - a),
    g * a + G * (1 - a),
    b * a + B * (1 - a),
    1,
  ];
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    if (element === null) return [255, 255, 255, 1];
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color : over(color, behind(element.parentElement));
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (textContent.trim() === '' || element.closest('script, style, noscript, :disabled, .hidden, .skip'))
      continue;
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (width === 0 || height === 0 || style.visibility === 'hidden' || Number(style.opacity) === 0) continue;
    const back = behind(element);
    const [one, other] = [luminance(over(rgba(style.color), back)), luminance(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      found.push(`${ratio.toFixed(2)} ${JSON.stringify(textContent.trim().slice(0, 30))}`);
  }
  return found;
}

/** Controls that a screen reader has no name for, and ids that are used twice. */
export function unnamed() {
  const found = [];
  for (const control of document.querySelectorAll(
    'button, input, textarea, a[href], [role="treeitem"], [role="tree"]',
  )) {
    const labels = [...(control.labels ?? [])].map((label) => label.textContent).join('');
    const labelled =
      document.getElementById(control.getAttribute('aria-labelledby') ?? '')?.textContent ?? '';
    const name = control.getAttribute('aria-label') ?? (labels || labelled || control.textContent);
    if (name.trim() === '') found.push(control.outerHTML.slice(0, 80));
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return [...found, ...ids.filter((id, i) => ids.indexOf(id) !== i)];
}
