import { createHash } from 'node:crypto';
import { PAGE } from './page-texts.js';

/** The live page as it is sent. */
export interface PageDocument {
  readonly html: string;
  /** Allows its own script and style, and requests to where it came from: nothing else. */
  readonly contentSecurityPolicy: string;
}

const STYLE = '/* style */';
const SCRIPT = '/* script */';

/** Puts style and script into the document, so that it is one request, and names them by their hashes. */
export function pageDocument({ html, css, js } = PAGE): PageDocument {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(js)}'`,
    `style-src '${hashOf(css)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    html: html.replace(STYLE, () => css).replace(SCRIPT, () => js),
    contentSecurityPolicy: policy.join('; '),
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
