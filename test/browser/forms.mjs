// SPDX-License-Identifier: EUPL-1.2
// Every form of the pages that the other parts do not send, without script: sent, and seen to have done what it says.
import { begin, signIn } from './browser.mjs';

async function leads(page, act) {
  await Promise.all([page.waitForEvent('load'), act()]);
}

async function discussions({ base, ids, check }, page) {
  await page.goto(`${base.health}/t/${ids.question}`);
  await page.selectOption('aside #level', { index: 0 });
  const level = await page.inputValue('aside #level');
  await leads(page, () => page.click('form[action$="/watch"] button'));
  check('forms: the level of a discussion is kept', (await page.inputValue('aside #level')) === level);
  const read = page.locator('form[action$="/read"] button');
  if ((await read.count()) > 0) await leads(page, () => read.first().click());
  check('forms: nothing of a discussion that was read is new', (await page.goto(`${base.health}/t/${ids.question}`), (await page.locator('.entry.is-unread').count()) === 0));

  await page.goto(`${base.health}/s/travel/new`);
  await page.fill('#title', 'Which form for receipts?');
  await page.fill('#text', 'The old one, or the one of March?');
  await page.click('label[for=question]');
  await page.selectOption('#label', 'AMBER');
  await leads(page, () => page.click('button[value=send]'));
  const thread = page.url();
  await page.fill('#text', 'The one of March.');
  await leads(page, () => page.click('#reply button[value=send]'));
  await leads(page, () => page.locator('.entry', { hasText: 'The one of March.' }).locator('button[formaction*="/answered"]').click());
  check('forms: a question is answered', (await page.locator('.entry.is-answer', { hasText: 'The one of March.' }).count()) === 1);
  await leads(page, () => page.locator('.entry', { hasText: 'The one of March.' }).locator('a[href$="/edit"]').click());
  await page.fill('#text', 'The one of **April**.');
  await page.fill('#summary', 'the month');
  await leads(page, () => page.click('button[value=send]'));
  check('forms: an edit is shown, and said to be one', (await page.textContent('.entries')).includes('The one of April.') && (await page.locator('a[href$="/history"]').count()) === 1);
  return thread;
}

async function spaces({ base, check }, page) {
  await page.goto(`${base.health}/s/planning`);
  await leads(page, () => page.click('form[action$="/follow"] button'));
  check('forms: a space is followed', (await page.locator('form[action$="/follow"] input[name=undo]').count()) === 1);
  await page.selectOption('aside #level', { index: 0 });
  const level = await page.inputValue('aside #level');
  await leads(page, () => page.click('form[action$="/watch"] button'));
  check('forms: the level of a space is kept', (await page.inputValue('aside #level')) === level);
  await page.goto(`${base.health}/s/travel`);
  const read = page.locator('form[action$="/read"] button');
  check('forms: a space with news offers to mark it read', (await read.count()) === 1);
  await leads(page, () => read.click());
  check('forms: then nothing of it is new', (await page.locator('form[action$="/read"]').count()) === 0);

  await page.goto(`${base.health}/spaces/new`);
  await page.fill('#title', 'Travel rules of old');
  await page.fill('#slug', 'old-rules');
  await leads(page, () => page.click('button[value=look]'));
  check('forms: spaces like the new one are named first', (await page.textContent('main')).includes('Travel rules'));
  await page.fill('#slug', 'travel');
  await leads(page, () => page.click('button[value=create]'));
  check('forms: a name that is taken is refused', (await page.locator('.usa-alert--error').count()) === 1);
  check('forms: and what was typed is still there', (await page.inputValue('#title')) === 'Travel rules of old');
  await page.fill('#slug', 'old-rules');
  await leads(page, () => page.click('button[value=create]'));
  check('forms: a space is made', page.url().includes('/s/old-rules') && (await page.textContent('h1')).includes('Travel rules of old'), page.url());

  // Somebody types the name of a wiki page.
  await page.goto(`${base.health}/s/travel/wiki`);
  await page.fill('#page', 'travel/rules');
  await leads(page, () => page.click('.inline-form button[type=submit]'));
  check('forms: a wiki page is opened by its name', page.url().endsWith('/w/travel/travel/rules'), page.url());
}

async function search({ base, check }, page) {
  await page.goto(`${base.health}/search?q=regions`);
  const hit = page.locator('.hit .card-excerpt', { hasText: 'Three regions' });
  const excerpt = await hit.first().textContent();
  check('forms: an excerpt is words without marks of Markdown', excerpt.includes('from May on') && !/[*|[\]]/.test(excerpt), excerpt);
  check('forms: and marks what was looked for', (await hit.first().locator('mark').allTextContents()).includes('regions'));
}

async function people({ base, check }, page) {
  await page.goto(`${base.health}/people/lena@finance`);
  await leads(page, () => page.click('form[action$="/follow"] button'));
  check('forms: a colleague is followed', (await page.locator('form[action$="/follow"] input[name=undo]').count()) === 1);
  await page.goto(`${base.health}/settings/profile`);
  await page.fill('#about', 'Knows the hospitals of the north.');
  await leads(page, () => page.click('main form button[type=submit]'));
  await page.goto(`${base.health}/people/ben@health`);
  check('forms: a profile is changed', (await page.textContent('main')).includes('Knows the hospitals of the north.'));
  await page.goto(`${base.health}/`);
  await page.fill('#text', 'Sent from home, without script.');
  await leads(page, () => page.click('.compose button[type=submit]'));
  check('forms: an update is sent', (await page.locator('.usa-alert--success').count()) === 1);
  check('forms: and stands on the home page of who wrote it', (await page.textContent('.cards')).includes('Sent from home, without script.'));
  // What somebody wrote last is found by the search, which takes a moment.
  const listed = async () => (await page.goto(`${base.health}/people/ben@health`), (await page.textContent('.cards')).includes('Sent from home, without script.'));
  for (let tries = 0; tries < 100 && !(await listed()); tries += 1) await page.waitForTimeout(100);
  check('forms: and stands on the page of who wrote it', await listed());
  await page.goto(`${base.health}/messages/new?to=maria`);
  await page.fill('#text', 'A first message.');
  await leads(page, () => page.click('button[value=send]'));
  check('forms: a message is sent', (await page.textContent('.cards')).includes('A first message.'));
  await page.fill('#text', 'A second message.');
  await leads(page, () => page.click('button[value=send]'));
  check('forms: and another to the same people', (await page.textContent('.cards')).includes('A second message.'));
}

async function account({ base, password, check }, page) {
  await page.goto(`${base.health}/settings/tokens`);
  await page.fill('#name', 'nightly report');
  await page.click('label[for=scope-read]');
  await leads(page, () => page.click('main form[action$="/tokens"] button[type=submit]'));
  check('forms: a token is shown once', /comity_[a-z2-7]{70,}/.test(await page.textContent('main')));
  await page.goto(`${base.health}/settings/tokens`);
  check('forms: and never again', !/comity_[a-z2-7]{70,}/.test(await page.textContent('main')));
  await leads(page, () => page.click('form[action*="/settings/tokens/"] button'));
  check('forms: a token is revoked', !(await page.textContent('main')).includes('nightly report'));
  await page.goto(`${base.health}/settings/password`);
  await page.fill('#old', password);
  for (const field of ['#new', '#again']) await page.fill(field, `${password} indeed`);
  await leads(page, () => page.click('main form button[type=submit]'));
  check('forms: the password is changed', (await page.locator('.usa-alert--success').count()) === 1);
  await page.fill('#old', `${password} indeed`);
  for (const field of ['#new', '#again']) await page.fill(field, password);
  await leads(page, () => page.click('main form button[type=submit]'));
}

export async function everyForm(tools) {
  const browser = await begin({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  const page = browser.page;
  await signIn(page, tools.base.health, 'ben', tools.password);
  await discussions(tools, page);
  await spaces(tools, page);
  await search(tools, page);
  await people(tools, page);
  await account(tools, page);
  await browser.close();

  // Ben wrote to her: there is something new to be marked as seen.
  const other = await begin({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  await signIn(other.page, tools.base.health, 'maria', tools.password);
  await other.page.goto(`${tools.base.health}/notifications`);
  await leads(other.page, () => other.page.click('form[action$="/seen"] button'));
  tools.check('forms: notifications are marked as seen', (await other.page.locator('form[action$="/seen"]').count()) === 0);
  await other.close();
}
