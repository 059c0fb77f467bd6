// SPDX-License-Identifier: EUPL-1.2
// What becomes readable while a page is open. The server tells of it by server-sent events; the page then takes over
// what a fresh copy of itself shows, so that there is one way of making HTML.
(() => {
  const list = document.querySelector('[data-live-list]');
  if (!list || !comity.body.live || !window.EventSource) return;
  const kind = list.dataset.liveList;
  const later = new URLSearchParams(location.search).has('after');
  let asking = false;
  let again = false;

  function concerns(row) {
    if (kind === 'thread') return row.thread === comity.body.thread || row.id === comity.body.thread;
    if (kind === 'space') return row.space_id === comity.body.space;
    return true;
  }

  function known() {
    return new Set([...list.querySelectorAll('[data-id]')].map((one) => one.dataset.id));
  }

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const fresh = await comity.again();
      const theirs = fresh && fresh.querySelector('[data-live-list]');
      if (theirs) take(theirs, fresh);
    } finally {
      asking = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  function take(theirs, fresh) {
    const before = known();
    const focused = document.activeElement && list.contains(document.activeElement) ? document.activeElement.closest('[data-id]')?.dataset.id : null;
    const added = [...theirs.querySelectorAll('[data-id]')].filter((one) => !before.has(one.dataset.id));
    list.replaceChildren(...theirs.childNodes);
    if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const bell = fresh.querySelector('[data-unread]');
    const old = document.querySelector('[data-unread]');
    if (bell && old) old.textContent = bell.textContent;
    document.querySelector('main > .empty, .two-main > .empty')?.remove();
    if (added.length > 0) comity.tell(added[0].querySelector('.card-title, .entry-by')?.textContent.trim() || '');
  }

  function listen() {
    const source = new EventSource(comity.body.live);
    const heard = (event) => {
      let row = {};
      try {
        row = JSON.parse(event.data);
      } catch {
        return;
      }
      // On a later page of a list nothing moves under the reader.
      if (concerns(row) && !later) refresh();
    };
    source.addEventListener('message', heard);
    source.addEventListener('entry', heard);
  }
  listen();
})();
