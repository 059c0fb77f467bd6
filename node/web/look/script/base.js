// SPDX-License-Identifier: EUPL-1.2
// Everything works without script; what stands in these files only makes it quicker. Nothing is asked of any other host.
'use strict';
const comity = {
  words: { draft_kept: document.body.dataset.wordKept, people: document.body.dataset.wordPeople },
  body: document.body.dataset,
  base: document.body.dataset.base || '',

  /** Tells something politely to who listens. */
  tell(text) {
    const place = document.getElementById('live');
    if (place) place.textContent = text;
  },

  /** Sends fields as a form of this page would. */
  send(path, fields) {
    const form = new URLSearchParams(fields);
    form.set('csrf', comity.body.csrf);
    return fetch(comity.base + path, {
      method: 'POST',
      body: form,
      headers: { 'X-CSRF-Token': comity.body.csrf },
      credentials: 'same-origin',
      redirect: 'error',
    });
  },

  /** The same page as it is now. */
  async again() {
    const answer = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), 'text/html');
  },
};

// A menu closes when the focus leaves it or Escape is pressed.
for (const menu of document.querySelectorAll('details.menu')) {
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// What was looked at for a moment has been read.
for (const form of document.querySelectorAll('form[data-read]')) {
  setTimeout(() => {
    if (document.visibilityState !== 'visible') return;
    comity.send(new URL(form.action).pathname.slice(comity.base.length), {}).catch(() => {});
  }, 2500);
}
