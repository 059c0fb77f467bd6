// SPDX-License-Identifier: EUPL-1.2
// Single keys, outside of text fields and only where the reader has them on (WCAG 2.1.4).
(() => {
  if (comity.body.keys !== 'on') return;
  let first = '';
  let cleared = 0;
  const go = (path) => location.assign(comity.base + path);
  const places = { h: '/', s: '/spaces', n: '/notifications', m: '/messages' };

  function entries() {
    return [...document.querySelectorAll('main .card, main .entry')];
  }
  function here() {
    return document.querySelector('main .is-here');
  }
  function move(by) {
    const all = entries();
    if (all.length === 0) return;
    const now = all.indexOf(here());
    const next = all[Math.min(Math.max(now + by, 0), all.length - 1)];
    here()?.classList.remove('is-here');
    next.classList.add('is-here');
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  }
  function press(selector) {
    const inside = here()?.querySelector(selector);
    const target = inside || document.querySelector(`main ${selector}`);
    if (target) target.click();
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest('input, textarea, select, [contenteditable]')) return;
    const key = event.key;
    if (first === 'g' && places[key]) {
      event.preventDefault();
      first = '';
      go(places[key]);
      return;
    }
    first = key === 'g' ? 'g' : '';
    clearTimeout(cleared);
    cleared = setTimeout(() => {
      first = '';
    }, 1500);
    const acts = {
      '/': () => document.getElementById('top-q')?.focus(),
      j: () => move(1),
      k: () => move(-1),
      o: () => press('.card-title a, .permalink'),
      r: () => press('[data-key="r"]'),
      e: () => press('[data-key="e"]'),
      n: () => press('[data-key="n"]'),
      '?': () => go('/help#keys'),
    };
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  });
})();
