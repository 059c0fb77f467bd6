// SPDX-License-Identifier: EUPL-1.2
// Writing: boxes that grow, drafts kept on the server, preview in place, names completed, the audience said in words.
(() => {
  const DRAFT_PAUSE = 1200;
  const PREVIEW_PAUSE = 600;

  function grow(box) {
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + 2}px`;
  }

  // -- the audience in words
  for (const say of document.querySelectorAll('[data-reach-say]')) {
    const select = say.closest('form').querySelector('select[name="audience"]');
    if (!select) continue;
    const show = () => {
      say.textContent = select.selectedOptions[0]?.dataset.reach || '';
    };
    select.addEventListener('change', show);
    show();
  }

  // -- drafts
  for (const form of document.querySelectorAll('form[data-draft]')) {
    let waiting = 0;
    let last = '';
    let sent = false;
    const note = document.createElement('p');
    note.className = 'draft-note';
    form.append(note);
    const fields = () => {
      const out = {};
      for (const [name, value] of new FormData(form)) {
        if (!['csrf', 'once', 'do', 'how'].includes(name) && typeof value === 'string') out[name] = value;
      }
      return out;
    };
    const keep = () => {
      const now = JSON.stringify(fields());
      // What is on its way to the server is kept, or dropped, by the server.
      if (sent || now === last) return;
      last = now;
      comity
        .send('/drafts/keep', { key: form.dataset.draft, fields: now })
        .then((answer) => {
          note.textContent = answer.ok ? comity.words.draft_kept : '';
        })
        .catch(() => {});
    };
    last = JSON.stringify(fields());
    form.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, DRAFT_PAUSE);
    });
    form.addEventListener('submit', () => {
      clearTimeout(waiting);
      sent = true;
    });
    // Back in a page that was left by sending its form.
    window.addEventListener('pageshow', () => {
      sent = false;
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') keep();
    });
  }

  // -- preview, below the box that is written in
  for (const box of document.querySelectorAll('textarea[data-preview]')) {
    const form = box.closest('form');
    const place = document.createElement('div');
    place.className = 'md preview';
    place.hidden = true;
    let waiting = 0;
    const show = async () => {
      if (!box.value.trim()) {
        place.hidden = true;
        return;
      }
      const answer = await comity
        .send('/preview', { text: box.value, space: comity.body.space || '' })
        .catch(() => null);
      if (!answer || !answer.ok) return;
      // The server wrote it out of a fixed set of tags; it is read as a document and moved over, never as markup.
      const shown = new DOMParser().parseFromString(await answer.text(), 'text/html');
      place.replaceChildren(...shown.body.childNodes);
      place.hidden = false;
    };
    const button = form.querySelector('button[value="preview"]');
    if (!button) continue;
    const keepOpen = () => {
      clearTimeout(waiting);
      if (!place.hidden) waiting = setTimeout(show, PREVIEW_PAUSE);
    };
    box.addEventListener('input', keepOpen);
    button.type = 'button';
    button.addEventListener('click', () => {
      if (!place.isConnected) button.closest('.form-end').before(place);
      if (place.hidden) show();
      else place.hidden = true;
    });
  }

  for (const box of document.querySelectorAll('textarea[data-grow]')) {
    box.addEventListener('input', () => grow(box));
    if (box.value) grow(box);
  }

  // -- names
  let list = null;
  let at = 0;
  let owner = null;
  function close() {
    if (list) list.remove();
    if (owner) {
      owner.removeAttribute('aria-activedescendant');
      owner.removeAttribute('aria-controls');
    }
    list = null;
  }
  function wanted(box) {
    const before = box.value.slice(0, box.selectionStart);
    const found = box.dataset.people === undefined ? /(?:^|[\s(])@([\w.~-]{1,40}(?:@[\w-]*)?)$/.exec(before) : /(?:^|,\s*)([\w.~-]{1,40}(?:@[\w-]*)?)$/.exec(before);
    return found ? found[1] : '';
  }
  function take(box, person) {
    const word = wanted(box);
    const start = box.selectionStart - word.length;
    const end = box.dataset.people === undefined ? ' ' : ', ';
    box.setRangeText(person + end, start, box.selectionStart, 'end');
    close();
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
  function mark(to) {
    const items = [...list.children];
    at = (to + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute('aria-selected', String(index === at)));
    owner.setAttribute('aria-activedescendant', items[at].id);
  }
  async function complete(box) {
    const word = wanted(box);
    if (word.length < 2) return close();
    const answer = await fetch(`${comity.base}/people/complete?q=${encodeURIComponent(word)}`, { credentials: 'same-origin' }).catch(() => null);
    if (!answer || !answer.ok || wanted(box) !== word) return undefined;
    const people = (await answer.json()).people;
    close();
    if (people.length === 0) return undefined;
    owner = box;
    list = document.createElement('ul');
    list.className = 'complete';
    list.id = 'complete';
    list.setAttribute('role', 'listbox');
    people.forEach((one, index) => {
      const item = document.createElement('li');
      item.id = `complete-${index}`;
      item.setAttribute('role', 'option');
      item.textContent = one.name ? `${one.name} (${one.person})` : one.person;
      item.addEventListener('mousedown', (event) => {
        event.preventDefault();
        take(box, one.person);
      });
      list.append(item);
    });
    list.setAttribute('aria-label', comity.words.people);
    box.setAttribute('aria-controls', 'complete');
    box.after(list);
    mark(0);
    return undefined;
  }
  for (const box of document.querySelectorAll('[data-mention], [data-people]')) {
    box.addEventListener('input', () => complete(box));
    box.addEventListener('blur', close);
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        const send = box.form.querySelector('button[type="submit"]');
        box.form.requestSubmit(send);
        return;
      }
      if (!list || owner !== box) return;
      if (event.key === 'ArrowDown') mark(at + 1);
      else if (event.key === 'ArrowUp') mark(at - 1);
      else if (event.key === 'Enter' || event.key === 'Tab') list.children[at].dispatchEvent(new MouseEvent('mousedown'));
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
    });
  }
})();
