/**
 * Opens the live page in a headless Chromium, looks at it, uses it, and takes its pictures.
 *
 *   node check.mjs SLUICE [--pictures DIRECTORY]
 *
 * Prints `ok NAME`, `not ok NAME: why`, or `missing: why` where there is no browser.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { lowContrast, unnamed, violations } from './audit.mjs';
import { startBroker, startLoad, stop, subscriber, until } from './broker.mjs';
import { findBrowser, MISSING } from './browser.mjs';

const DESKTOP = { width: 1320, height: 1000 };
const PHONE = { width: 390, height: 844 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pictures: { type: 'string' } },
});
const [command] = positionals;

const executablePath = findBrowser();
if (executablePath === undefined) {
  console.log(`missing: ${MISSING}`);
  process.exit(0);
}

const directory = mkdtempSync(join(tmpdir(), 'sluice-page-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
console.log(`version ${browser.version()}`);
const open = await startBroker(command, directory);
const closed = await startBroker(command, directory, { users: true });
const loads = [startLoad(open, '--slow'), startLoad(closed, '--user', 'ann:correct')];

function expect(holds, what) {
  if (!holds) throw new Error(what);
}

/** What the page says that must not be there: errors, and violations of its policy. */
const complaints = [];

async function show(broker, { viewport = DESKTOP, ...options } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Chromium reports answers that are no success, which the page shows itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  await page.goto(broker.url);
  await page.locator('#status[data-state="live"]').waitFor();
  return page;
}

const textOf = (page, selector) => page.locator(selector).innerText();

async function logIn(page, user, password) {
  await page.fill('#login-user', user);
  await page.fill('#login-password', password);
  await page.click('#login button[type="submit"]');
}

const checks = {
  async 'shows throughput, connections, subjects and accounts'() {
    const page = await show(open);
    await page.locator('#connection-rows tr', { hasText: 'gateway' }).waitFor();
    await until('rates are shown', async () => /^[\d,.]+ ?k?\/s$/.test(await textOf(page, '#rate-in')));
    await page.locator('[role="treeitem"]', { hasText: /^.?sensors/ }).waitFor();
    await page.locator('#account-rows tr', { hasText: '$G' }).waitFor();
    expect(/ms$/.test(await textOf(page, '#loop')), 'no delay of the event loop');
    await page.locator('#chart .trace.in[d^="M"]').waitFor({ state: 'attached' });
    expect((await page.title()) === 'orders-eu-1 · sluice', 'another title');
    await page.context().close();
  },

  async 'says which connection waits for which'() {
    const page = await show(open);
    await page
      .locator('#connection-rows tr', { hasText: 'camera' })
      .filter({ hasText: /waits for archive \(#\d+\)/ })
      .waitFor();
    await page
      .locator('#connection-rows tr', { hasText: 'archive' })
      .filter({ hasText: 'holds 1 publisher' })
      .waitFor();
    expect(/held or congested/.test(await textOf(page, '#open-sub')), 'the overview does not say so');
    await page.context().close();
  },

  async 'taps a subject and says how many messages it left out'() {
    const page = await show(open);
    await page.fill('#tap-subject', 'sensors.>');
    await page.click('#tap-button');
    await page.locator('#tap-messages li', { hasText: 'sensors.' }).nth(10).waitFor();
    await page.locator('#tap-count', { hasText: /left out/ }).waitFor();
    await page.click('#tap-button');
    await until('it has ended', async () => (await textOf(page, '#tap-button')) === 'Tap');
    const count = await textOf(page, '#tap-count');
    await sleep(600);
    expect((await textOf(page, '#tap-count')) === count, 'it goes on');
    await page.context().close();
  },

  async 'publishes a message as text, markup and all'() {
    const client = await subscriber(open, 'greet.*');
    const page = await show(open);
    await page.fill('#tap-subject', 'greet.>');
    await page.click('#tap-button');
    await until('it taps', async () => (await textOf(page, '#tap-button')) === 'Stop');
    const markup = '<img src=x onerror="document.title=1"> é';
    await page.fill('#publish-subject', 'greet.world');
    await page.fill('#publish-payload', markup);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('it has come', () =>
      client.text.includes(`MSG greet.world 1 ${Buffer.byteLength(markup)}\r\n${markup}\r\n`),
    );
    await page.locator('#tap-messages pre', { hasText: markup }).waitFor();
    expect(
      (await page.locator('#tap-messages img').count()) === 0,
      'markup of a message has become an element',
    );
    expect((await textOf(page, '#publish-message')) === 'Published to greet.world.', 'no confirmation');
    await page.fill('#publish-subject', 'greet.*');
    await page.click('#publish button[type="submit"]');
    await page.locator('#publish-message', { hasText: 'not a subject to publish' }).waitFor();
    client.socket.destroy();
    await page.context().close();
  },

  async 'needs a login where the broker has users, and has the rights of that'() {
    const page = await show(closed);
    await page.locator('#login').waitFor();
    expect(await page.locator('#tap-button').isDisabled(), 'it may tap without a login');
    await logIn(page, 'eve', 'wrong');
    await page.locator('#login-message', { hasText: 'Authorization Violation' }).waitFor();
    await logIn(page, 'eve', 'correct');
    await page.locator('#login-state', { hasText: 'as eve in $G' }).waitFor();
    await page.fill('#tap-subject', 'orders.>');
    await page.click('#tap-button');
    await page.locator('#tap-message', { hasText: 'Permissions Violation for Subscription' }).waitFor();
    await page.fill('#publish-subject', 'orders.created.eu');
    await page.click('#publish button[type="submit"]');
    await page.locator('#publish-message', { hasText: 'Permissions Violation for Publish' }).waitFor();
    await page.fill('#tap-subject', 'sensors.>');
    await page.click('#tap-button');
    await page.locator('#tap-messages li').first().waitFor();
    const stored = await page.evaluate(
      () => `${document.cookie}${JSON.stringify(localStorage)}${document.documentElement.outerHTML}`,
    );
    expect(!stored.includes('correct'), 'the password is kept');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.locator('#login').waitFor();
    await page.context().close();
  },

  async 'can be used by keyboard'() {
    const page = await show(open);
    await page.keyboard.press('Tab');
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement.id || document.activeElement.className || document.activeElement.dataset.key,
      );
    expect((await focused()) === 'skip', 'the first stop does not skip the header');
    await page.keyboard.press('Enter');
    await until('it has skipped', async () => (await focused()) === 'connections');
    await page.locator('[role="treeitem"]', { hasText: /^.?orders/ }).waitFor();
    await page.locator('[role="tree"] [tabindex="0"]').focus();
    await page.keyboard.press('End');
    const label = () => page.evaluate(() => document.activeElement.querySelector('.token')?.textContent);
    const last = await label();
    await page.keyboard.press('Home');
    expect((await label()) !== last, 'Home does not leave the end');
    for (let i = 0; i < 40 && (await label()) !== 'orders'; i++) await page.keyboard.press('ArrowDown');
    expect((await label()) === 'orders', 'orders cannot be reached');
    const expanded = () => page.evaluate(() => document.activeElement.getAttribute('aria-expanded'));
    await page.keyboard.press('ArrowLeft');
    expect((await expanded()) === 'false', 'ArrowLeft does not close');
    await page.keyboard.press('ArrowRight');
    expect((await expanded()) === 'true', 'ArrowRight does not open');
    await sleep(1_500);
    expect((await label()) === 'orders', 'the focus is lost with an update');
    await page.keyboard.press('Enter');
    expect((await page.inputValue('#tap-subject')) === 'orders.>', 'Enter does not choose the subject');
    await page.keyboard.press('Enter');
    await page.locator('#tap-messages li').first().waitFor();
    await page.context().close();
  },

  async 'says to a screen reader what everything is'() {
    const page = await show(open);
    await page.locator('#connection-rows tr').first().waitFor();
    await page.locator('[role="treeitem"]').first().waitFor();
    for (const viewport of [DESKTOP, PHONE]) {
      await page.setViewportSize(viewport);
      for (const [role, name] of [
        ['banner', undefined],
        ['main', undefined],
        ['navigation', 'Monitoring endpoints'],
        ['region', 'Connections'],
        ['tree', 'Subjects'],
        ['log', 'Tap'],
        ['img', /Messages a second/],
        ['status', undefined],
      ])
        expect((await page.getByRole(role, { name }).count()) > 0, `no ${role} ${name ?? ''}`);
      expect((await page.getByRole('row', { name: /gateway/ }).count()) > 0, 'no row of a connection');
      expect(
        (await page.getByRole('columnheader', { name: 'Pending' }).count()) > 0,
        'no header of a column',
      );
    }
    const found = await page.evaluate(unnamed);
    expect(found.length === 0, found.join('\n'));
    await page.context().close();
  },

  async 'has what axe-core asks for, with a login and without, on a phone too'() {
    for (const broker of [open, closed])
      for (const viewport of [DESKTOP, PHONE]) {
        const page = await show(broker, { viewport });
        await page.locator('[role="treeitem"]').first().waitFor();
        const found = await violations(page);
        expect(found.length === 0, found.join('\n'));
        await page.context().close();
      }
  },

  async 'has enough contrast, light and dark'() {
    for (const colorScheme of ['light', 'dark']) {
      const page = await show(open, { colorScheme });
      await page.locator('#connection-rows .chip.warn').waitFor();
      await page.fill('#tap-subject', 'orders.>');
      await page.click('#tap-button');
      await page.locator('#tap-count b').waitFor();
      const found = [...(await page.evaluate(lowContrast)), ...(await violations(page))];
      expect(found.length === 0, `${colorScheme}: ${found.join('\n')}`);
      await page.context().close();
    }
  },

  async 'has the theme of the system, or the one that was chosen'() {
    const page = await show(open, { colorScheme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await page.click('#theme');
    const light = await background();
    expect(light !== dark, 'the button does nothing');
    await page.reload();
    expect((await background()) === light, 'what was chosen is forgotten');
    await page.click('#theme');
    expect((await background()) === dark, 'dark cannot be chosen');
    await page.context().close();
  },

  async 'fits a narrow screen, and moves nothing where that is not wanted'() {
    const page = await show(open, { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' });
    await page.locator('[role="treeitem"]').first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width <= 320, `it is ${width} pixels wide`);
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter(
          (each) => getComputedStyle(each).transitionDuration !== '0s',
        ).length,
    );
    expect(moving === 0, `${moving} elements have transitions`);
    await page.context().close();
  },

  async 'keeps pages of other sites from acting and from reading'() {
    const client = await subscriber(open, 'evil');
    const other = createServer((_request, response) =>
      response.setHeader('Content-Type', 'text/html').end('<p>elsewhere</p>'),
    );
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://localhost:${other.address().port}/`);
    const outcome = await page.evaluate(async (url) => {
      const tries = {
        read: () => fetch(`${url}live/events`),
        page: () => fetch(url),
        login: () =>
          fetch(`${url}live/login`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: '{}',
          }),
      };
      const read = [];
      for (const [name, attempt] of Object.entries(tries))
        await attempt().then(
          () => read.push(name),
          () => {},
        );
      await fetch(`${url}live/publish`, {
        method: 'POST',
        mode: 'no-cors',
        body: '{"subject":"evil"}',
      }).catch(() => {});
      return read;
    }, open.url);
    expect(outcome.length === 0, `it could: ${outcome.join(', ')}`);
    expect(!client.text.includes('MSG'), 'it has published');
    client.socket.destroy();
    other.close();
    await context.close();
  },

  async 'says when ten pages are open, and takes the place of one that leaves'() {
    const streams = [];
    // Those of the checks before may take a moment to go.
    await until('ten pages are open and an eleventh is refused', async () => {
      const answer = await fetch(`${open.url}live/events`);
      if (answer.ok) streams.push(answer);
      return !answer.ok && streams.length === 10;
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(open.url);
    await page.locator('#status[data-state="lost"]', { hasText: '10 live pages are open' }).waitFor();
    await streams[0].body.cancel();
    await page.locator('#status[data-state="live"]').waitFor();
    for (const { body } of streams.slice(1)) await body.cancel();
    await context.close();
  },

  async 'comes back after the broker has been started again'() {
    let broker = await startBroker(command, directory);
    const page = await show(broker);
    await stop(broker.child);
    await page.locator('#status[data-state="lost"]').waitFor();
    broker = await startBroker(command, directory, { ports: broker });
    await page.locator('#status[data-state="live"]').waitFor();
    await page.context().close();
    await stop(broker.child);
  },

  async 'breaks none of its own rules'() {
    expect(complaints.length === 0, complaints.join('\n'));
    for (const { log } of [open, closed]) {
      const bad = log()
        .split('\n')
        .filter((line) => /"level":"(?:error|fatal)"|correct/.test(line));
      expect(bad.length === 0, bad.join('\n'));
    }
  },
};

/** Pictures for the documentation, of a broker under load. */
async function takePictures(to) {
  const pictures = { light: [DESKTOP, 'light'], dark: [DESKTOP, 'dark'], phone: [PHONE, 'light'] };
  for (const [name, [viewport, colorScheme]] of Object.entries(pictures)) {
    const page = await show(open, { viewport, colorScheme });
    await page.fill('#tap-subject', 'orders.>');
    await page.click('#tap-button');
    await page.fill('#publish-subject', 'greet.world');
    await page.fill('#publish-payload', 'Hello, world');
    await sleep(32_000);
    await page.evaluate(() => {
      document.activeElement.blur();
      scrollTo(0, 0);
    });
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(to, `live-${name}.png`), fullPage: name !== 'phone' });
    await page.context().close();
  }
}

let isGood = true;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    isGood = false;
    for (const context of browser.contexts()) await context.close();
    console.log(`not ok ${name}: ${String(error?.message ?? error).replaceAll('\n', ' | ')}`);
  }
}
if (values.pictures !== undefined) await takePictures(values.pictures);
for (const load of loads) await stop(load);
await browser.close();
for (const { child } of [open, closed]) await stop(child);
rmSync(directory, { recursive: true, force: true });
process.exit(isGood ? 0 : 1);
