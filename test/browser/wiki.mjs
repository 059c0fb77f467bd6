// SPDX-License-Identifier: EUPL-1.2
// Wiki pages in the browser: both versions of a page merged, an agency's stamp, a comparison, an earlier version
// made the newest, another name; by keyboard alone, and by forms without script.
import { begin, signIn, tabTo } from './browser.mjs';

/** Does it, and waits for the page that comes of it. */
async function leads(page, act) {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** Presses Tab until the element has the focus; an error says which was not reached. */
async function reach(page, selector) {
  if (!(await tabTo(page, selector, 120))) throw new Error(`no stop of the Tab key at ${selector} on ${page.url()}`);
}

async function press(page, selector, key = 'Enter') {
  await reach(page, selector);
  await leads(page, () => page.keyboard.press(key));
}

/** A page that two agencies have changed at once becomes one again, without a mouse. */
export async function mergeByKeyboard({ base, password, check }) {
  const browser = await begin({ viewport: { width: 1280, height: 900 } });
  const page = browser.page;
  await signIn(page, base.health, 'maria', password);
  await page.goto(`${base.health}/s/travel/wiki`);
  check('merge: the list says what waits for a decision', (await page.locator('.pages .fact-bad').count()) >= 1);
  await press(page, '.pages a[href="/w/travel/trains"]');
  const shown = await page.textContent('.conflict');
  check('merge: both versions are shown', shown.includes('Cheap trains') && shown.includes('Quiet trains'), shown);
  check('merge: and whose they are', shown.includes('maria@health') && shown.includes('jo@finance'), shown);
  check('merge: the page cannot be agreed on before', (await page.locator('button[value=agree]').count()) === 0);
  await press(page, 'a[href$="view=merge"]');
  const before = await page.inputValue('#text');
  await reach(page, 'input[type=radio][name="choice-1"]');
  await page.keyboard.press('ArrowDown');
  await press(page, 'button[value=choose]');
  const after = await page.inputValue('#text');
  check('merge: the other version can be chosen by arrow keys', before !== after && /Cheap|Quiet/.test(after), after);
  check('merge: the choice is marked', await page.isChecked('#choice-1-1'));
  await reach(page, '#text');
  await page.keyboard.press('Control+Home');
  for (let at = 0; at < 2; at += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.type(' Both agree.');
  await reach(page, '#summary');
  await page.keyboard.type('Settled on the telephone');
  await press(page, 'button[value=send]');
  check('merge: one version is left', (await page.locator('.conflict').count()) === 0);
  await page.goto(`${base.health}/drafts`);
  check('merge: no draft of it is left', !(await page.textContent('main')).includes('travel/trains'), await page.textContent('main'));
  await page.goto(`${base.health}/w/travel/trains`);
  check('merge: what was typed is in it', (await page.textContent('.wiki-text')).includes('Both agree.'));
  await page.goto(`${base.health}/w/travel/trains?view=merge`);
  check('merge: there is nothing left to merge', page.url().endsWith('/w/travel/trains'), page.url());

  // The other agency sees it merged.
  const there = await begin({ viewport: { width: 1000, height: 800 } });
  await signIn(there.page, base.finance, 'jo', password);
  await there.page.goto(`${base.finance}/w/travel/trains`);
  for (let tries = 0; tries < 200 && !(await there.page.textContent('main')).includes('Both agree.'); tries += 1) {
    await there.page.waitForTimeout(100);
    await there.page.reload();
  }
  check('merge: the other agency has it', (await there.page.textContent('.wiki-text')).includes('Both agree.'));
  await there.close();
  await browser.close();
}

/** The same with forms alone, at 320 px. */
export async function mergeWithoutScript({ base, password, check }) {
  const browser = await begin({ viewport: { width: 320, height: 640 }, javaScriptEnabled: false });
  const page = browser.page;
  await signIn(page, base.finance, 'jo', password);
  await page.goto(`${base.finance}/w/travel/rooms`);
  await leads(page, () => page.click('a[href$="view=merge"]'));
  await page.click('label[for=choice-1-1]');
  await leads(page, () => page.click('button[value=choose]'));
  const chosen = await page.inputValue('#text');
  await leads(page, () => page.click('button[value=preview]'));
  check('merge without script: the preview shows the choice', /(Cheap|Quiet) rooms/.test(await page.textContent('.preview')));
  check('merge without script: the text is kept', (await page.inputValue('#text')) === chosen);
  check('merge without script: the choice too', await page.isChecked('#choice-1-1'));
  const drafts = async () => {
    await page.goto(`${base.finance}/drafts`);
    return page.locator('.drafts a[href="/w/travel/rooms?view=merge"]');
  };
  const kept = await drafts();
  check('merge without script: the drafts name it', (await kept.count()) === 1);
  await leads(page, () => kept.click());
  check('merge without script: and lead back to what was chosen', (await page.inputValue('#text')) === chosen);
  await leads(page, () => page.click('button[value=send]'));
  check('merge without script: one version is left', (await page.locator('.conflict').count()) === 0);
  check('merge without script: the chosen one', /(Cheap|Quiet) rooms/.test(await page.textContent('.wiki-text')));
  check('merge without script: the drafts do not name it any more', (await (await drafts()).count()) === 0);
  await browser.close();
}

/** Agreed, changed, compared, taken back, called otherwise: with or without script, by keyboard where there is one. */
async function life({ base, password, check }, { who, name, script }) {
  const how = script ? 'by keyboard' : 'without script';
  const browser = await begin({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: script });
  const page = browser.page;
  const path = `/w/travel/${name}`;
  // Without script Playwright cannot ask where the focus is; the mouse then does what Tab and Enter would.
  const go = script ? (selector) => press(page, selector) : (selector) => leads(page, () => page.click(selector));
  const type = async (selector, text) => {
    if (!script) return page.fill(selector, text);
    await reach(page, selector);
    await page.keyboard.press('Control+a');
    return page.keyboard.type(text);
  };
  await signIn(page, base.health, who, password);
  await page.goto(`${base.health}${path}`);
  await type('#text', 'The first text of this page.');
  if (script) {
    await reach(page, 'button[value=preview]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.preview:not([hidden])');
    check('wiki by keyboard: the preview shows it in place', (await page.textContent('.preview')).includes('The first text'));
  }
  await type('#summary', 'a beginning');
  await go('button[value=send]');
  check(`wiki ${how}: a page is begun`, (await page.textContent('.wiki-text')).includes('The first text'));

  if (script) await reach(page, 'details.more summary');
  await (script ? page.keyboard.press('Enter') : page.click('details.more summary'));
  await type('#note', 'Board of 4 March');
  await go('button[value=agree]');
  const stamps = await page.textContent('.stamps');
  check(`wiki ${how}: the stamp says who agreed, and why`, /Health agrees/.test(stamps) && /Board of 4 March/.test(stamps), stamps);
  check(`wiki ${how}: the stamp agrees`, (await page.locator('.stamp-agreed').count()) === 1, await page.innerHTML('.stamps'));
  const stamped = page.url();

  await page.goto(`${base.health}${path}?view=edit`);
  await type('#text', 'The second text of this page.');
  await type('#summary', 'a correction');
  await go('button[value=send]');
  check(`wiki ${how}: a stamp is of one version`, (await page.locator('.stamp-agreed').count()) === 0);
  await go('.tabs a[href$="view=history"]');
  const listed = await page.textContent('.revisions');
  check(`wiki ${how}: the history names both versions`, listed.includes('a beginning') && listed.includes('a correction'), listed);
  check(`wiki ${how}: the history keeps the stamp`, /Health agrees \(to an earlier version\)/.test(listed), listed);
  await go('main form button[type=submit]');
  const compared = await page.textContent('.diff');
  check(`wiki ${how}: the comparison shows both texts`, compared.includes('first') && compared.includes('second'), compared);
  await go('main form[method=post] button[type=submit]');
  check(`wiki ${how}: the earlier version is the newest again`, (await page.textContent('.wiki-text')).includes('The first text'));
  check(`wiki ${how}: what was in between is not lost`, (await page.goto(`${base.health}${path}?view=history`), (await page.locator('.revisions li').count()) === 3));
  await leads(page, () => page.click('.revisions li:nth-child(2) .revision a'));
  check(`wiki ${how}: an earlier version says that it is one`, (await page.locator('.usa-alert--info').count()) === 1);
  check(`wiki ${how}: and shows its text`, (await page.textContent('.wiki-text')).includes('The second text'));

  await page.goto(stamped);
  await go('a[href$="view=rename"]');
  await type('#to', `moved/${name}`);
  await go('main form button[type=submit]');
  check(`wiki ${how}: the page has its new name`, page.url().endsWith(`/w/travel/moved/${name}`), page.url());
  check(`wiki ${how}: and its text`, (await page.textContent('.wiki-text')).includes('The first text'));
  const old = await page.goto(`${base.health}${path}`);
  check(`wiki ${how}: the old name leads to it`, old.status() === 200 && page.url().endsWith(`/w/travel/moved/${name}`), page.url());
  await page.goto(`${base.health}/w/travel/moved/${name}?view=rename`);
  await type('#to', 'travel/rules');
  await go('main form button[type=submit]');
  check(`wiki ${how}: a name that is taken is refused, and said`, (await page.locator('.usa-alert--error').count()) === 1);
  await browser.close();
}

export async function wikiByKeyboard(tools) {
  await life(tools, { who: 'maria', name: 'board', script: true });
}

export async function wikiWithoutScript(tools) {
  await life(tools, { who: 'ben', name: 'council', script: false });
}
