// SPDX-License-Identifier: EUPL-1.2
// Pictures of every page: node shoot.mjs DESCRIPTION FOLDER [NAME…]
import { mkdirSync } from 'node:fs';
import { begin, pages, signIn, visit } from './browser.mjs';

const { base, password, ids } = JSON.parse(process.argv[2]);
const folder = process.argv[3];
const only = process.argv.slice(4);
const LOOKS = [
  { name: 'light', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } },
  { name: 'dark', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' } },
  { name: 'narrow', options: { viewport: { width: 320, height: 640 }, colorScheme: 'light' } },
];

for (const look of LOOKS) {
  const browser = await begin(look.options);
  const page = browser.context.pages()[0] || (await browser.context.newPage());
  mkdirSync(`${folder}/${look.name}`, { recursive: true });
  let signedIn = false;
  for (const one of pages(ids)) {
    if (only.length > 0 && !only.includes(one.name)) continue;
    if (!one.signedOut && !signedIn) {
      await signIn(page, base.health, 'maria', password);
      signedIn = true;
    }
    await visit(page, base.health, one);
    await page.screenshot({ path: `${folder}/${look.name}/${one.name}.png`, fullPage: true });
    console.log(`${look.name}/${one.name}.png`);
  }
  await browser.close();
}
