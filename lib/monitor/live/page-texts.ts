/** Texts that the live page is made of. */
export interface PageTexts {
  readonly html: string;
  readonly css: string;
  readonly js: string;
}

/**
 * The texts. The build writes a module with them in the place of this one (script/bundle.mjs), which tests find from where they
 * have this one.
 */
export const { PAGE } = (await import(
  new URL('../../../../dist/monitor/live/page-texts.js', import.meta.url).href
)) as { readonly PAGE: PageTexts };
