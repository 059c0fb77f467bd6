// SPDX-License-Identifier: EUPL-1.2
// The browser that tests and screenshots drive, and the pages that there are.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What every browser has asked the nodes for: "GET http://…". */
export const asked = [];

/** A new browser with a folder of its own, and its page; close() ends it and removes the folder. */
export async function begin(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'comity-browser-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.COMITY_CHROMIUM || '/usr/bin/chromium',
    args: SWITCHES,
    // What still scrolls cannot be clicked.
    reducedMotion: 'reduce',
    ...options,
  });
  context.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  return {
    context,
    page: context.pages()[0] || (await context.newPage()),
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function signIn(page, base, handle, password) {
  await page.goto(`${base}/sign-in`);
  await page.fill('#handle', handle);
  await page.fill('#password', password);
  await page.click('main button[type=submit]');
  await page.waitForSelector('.top-me');
}

/** Presses Tab until the element that the selector names has the focus. */
export async function tabTo(page, selector, most = 80) {
  for (let at = 0; at < most; at += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return true;
  }
  return false;
}

/** Every page, by a name for files and its path; `signedOut`: looked at before anybody signs in. */
export function pages(ids) {
  return [
    { name: 'sign-in', path: '/sign-in', signedOut: true },
    { name: 'help', path: '/help' },
    { name: 'help-labels', path: '/help/labels' },
    { name: 'accessibility', path: '/accessibility' },
    { name: 'home', path: '/' },
    { name: 'spaces', path: '/spaces' },
    { name: 'spaces-all', path: '/spaces?show=all' },
    { name: 'space-new', path: '/spaces/new' },
    { name: 'space', path: '/s/travel' },
    { name: 'space-about', path: '/s/travel/about' },
    { name: 'members', path: '/s/travel/members' },
    { name: 'members-out', path: '/s/travel/members', find: 'members-out' },
    { name: 'confirm', path: '/', find: 'confirm' },
    { name: 'space-inside', path: '/s/hospitals' },
    { name: 'space-empty', path: '/s/planning' },
    { name: 'post-new', path: '/s/travel/new' },
    { name: 'thread', path: `/t/${ids.question}` },
    { name: 'thread-reply', path: `/t/${ids.question}?reply=${ids.answer}&quote=${ids.answer}` },
    { name: 'entry-history', path: `/e/${ids.thanks}/history` },
    { name: 'entry-edit', path: `/e/${ids.question}/edit` },
    { name: 'entry-withdraw', path: `/e/${ids.question}/withdraw` },
    { name: 'wiki-list', path: '/s/travel/wiki' },
    { name: 'wiki', path: '/w/travel/travel/rules' },
    { name: 'wiki-edit', path: '/w/travel/travel/rules?view=edit' },
    { name: 'wiki-section', path: '/w/travel/travel/rules?view=edit&section=2' },
    { name: 'wiki-new', path: '/w/travel/travel/by-rail' },
    { name: 'wiki-history', path: '/w/travel/travel/rules?view=history' },
    { name: 'wiki-diff', path: '/w/travel/travel/rules?view=diff', find: 'diff' },
    { name: 'wiki-conflict', path: '/w/travel/trains' },
    { name: 'wiki-merge', path: '/w/travel/trains?view=merge' },
    { name: 'wiki-rename', path: '/w/travel/travel/rules?view=rename' },
    { name: 'people', path: '/people' },
    { name: 'profile', path: '/people/jo@finance' },
    { name: 'profile-own', path: '/people/maria@health' },
    { name: 'profile-edit', path: '/settings/profile' },
    { name: 'search', path: '/search?q=travel' },
    { name: 'search-empty', path: '/search' },
    { name: 'notifications', path: '/notifications' },
    { name: 'messages', path: '/messages' },
    { name: 'message-new', path: '/messages/new?to=jo@finance' },
    { name: 'circle', path: '/messages', find: 'circle', route: '/messages/{id}' },
    { name: 'drafts', path: '/drafts' },
    { name: 'operator', path: '/operator' },
    { name: 'settings', path: '/settings' },
    { name: 'sessions', path: '/settings/sessions' },
    { name: 'tokens', path: '/settings/tokens' },
    { name: 'password', path: '/settings/password' },
    { name: 'missing', path: '/s/nothing-of-that-name', status: 404 },
  ];
}

/** Goes to one of them; its answer. */
export async function visit(page, base, one) {
  if (one.find === 'diff') {
    await page.goto(base + one.path.replace('view=diff', 'view=history'));
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('main form button[type=submit]')]);
    return answer;
  }
  if (one.find === 'members-out') {
    await page.goto(base + one.path);
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('.pages form button')]);
    return answer;
  }
  if (one.find === 'confirm') {
    await page.goto(base + one.path);
    await page.fill('#text', 'An update for both, **soon**.');
    await page.selectOption('#audience', { label: 'Travel rules (Shared - Health, Finance)' });
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('.compose button[type=submit]')]);
    return answer;
  }
  if (one.find === 'circle') {
    await page.goto(base + one.path);
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('.circles a')]);
    return answer;
  }
  return page.goto(base + one.path);
}
