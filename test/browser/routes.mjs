// SPDX-License-Identifier: EUPL-1.2
// Which route of the server answers an address; what browsers have been seen to ask for.

/** A pattern of the router as an expression: "/s/{space}/posts", "/w/{space}/{page*}". */
function expression(pattern) {
  const parts = pattern.replace(/[.?+^$|()[\]\\]/g, '\\$&').replace(/\{[^}]*\*\}/g, '.+');
  return new RegExp(`^${parts.replace(/\{[^}]*\}/g, '[^/]+')}$`);
}

/** `rows`: [method, pattern, access] of each route. */
export function tableOf(rows) {
  const routes = rows
    .map(([method, pattern, access]) => ({ method, pattern, access, fits: expression(pattern) }))
    // A literal part goes before a named one, as in the router.
    .sort((a, b) => (a.pattern.replace(/\{/g, '~') < b.pattern.replace(/\{/g, '~') ? -1 : 1));
  return {
    routes,
    find(method, path) {
      const wanted = method === 'HEAD' ? 'GET' : method;
      return routes.find((one) => one.method === wanted && one.fits.test(path.split(/[?#]/)[0]));
    },
  };
}

/** GET routes that are no page of their own, and why. */
export const NO_PAGE = {
  '/e/{id}': 'leads on to the discussion or the page that holds the entry',
  '/s/{space}/wiki/open': 'leads on to the page that was named',
  '/people/complete': 'a list for the script of a text box',
  '/atom/{token}/timeline': 'a feed for readers of feeds',
  '/atom/{token}/notifications': 'a feed for readers of feeds',
  '/atom/{token}/search': 'a feed for readers of feeds',
  '/atom/{token}/spaces/{space}': 'a feed for readers of feeds',
  '/atom/{token}/tags/{space}/{tag}': 'a feed for readers of feeds',
};
