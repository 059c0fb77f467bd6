# SPDX-License-Identifier: EUPL-1.2
"""Who may have which page and operation about which object. The rows come from docs/openapi.json and from the routes in
the sources, so that a new one is in the matrix without anybody thinking of it. What one may not see and what is not
there are answered alike, to the letter."""
import json
import re
import sys
import time
import urllib.parse

import harness
from agencies import free_port
from browser import Browser
from harness import NodeTest, comity
from routes import ROOT, routes, wiki_views

PASSWORD = 'a long enough secret'
# Of a form or a body, by name; what is not here is a text.
SAMPLES = {'kind': 'like', 'to': ['maria'], 'level': 'normal', 'slug': 'made-by-test', 'base': [], 'members': [],
           'people': [], 'tags': [], 'skills': [], 'languages': [], 'release': 'standard', 'label': 'AMBER+STRICT',
           'quote': None, 'since': None, 'url': None, 'history': None, 'label_ceiling': None, 'audience': None,
           'question': False, 'undo': False, 'no_tags': False, 'object': False}
LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'


class Matrix(NodeTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        done = comity('init', '--data', self.data, '--name', 'Ministry of Health', '--short-name', 'health', '--listen',
                      f'127.0.0.1:{free_port()}', '--web', f'127.0.0.1:{self.port}', '--no-passphrase')
        self.assertEqual(done.code, 0, done)
        settings = self.data / 'comity.toml'
        settings.write_text(settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        secret = self.folder / 'password'
        secret.write_text(PASSWORD + '\n')
        self.node = self.start()
        for handle in ('maria', 'jo', 'boss'):
            role = ['--role', 'admin'] if handle == 'boss' else []
            self.at('user', 'add', handle, '--name', handle.title(), '--password-file', secret, *role)
        # Names that stand in no page by themselves.
        self.objects = {'open': self.object('qqopen'), 'hidden': self.object('qqshut')}
        self.at('space', 'readers', 'qqshut', 'add', 'maria')
        self.objects['missing'] = {'space': 'qqvoid', 'id': self.unlike(self.objects['hidden']['id']), 'page': 'rules',
                                   'rev': self.unlike(self.objects['hidden']['rev'])}
        # Until the index has seen all there is, a search says so instead of finding too little.
        end = time.monotonic() + harness.PATIENCE
        while comity('search', 'qqopen', '--as', 'maria', '--data', self.data).code != 0:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        self.browsers = {'nobody': Browser(self.port)}
        for handle in ('maria', 'jo', 'boss'):
            self.browsers[handle] = Browser(self.port)
            self.assertEqual(self.browsers[handle].sign_in(handle, PASSWORD).status, 303)

    def at(self, *words):
        done = comity(*words, '--data', self.data)
        self.assertEqual(done.code, 0, done)
        return done.out.strip()

    def object(self, slug):
        self.at('space', 'create', slug, '--title', slug, '--kind', 'inside')
        entry = self.at('post', '--as', 'maria', '--space', slug, '--title', 'Title', '--text', 'canary-' + slug)
        self.at('wiki', 'put', f'{slug}/rules', '--as', 'maria', '--text-file', str(self.folder / 'password'))
        log = json.loads(self.at('wiki', 'log', f'{slug}/rules', '--json').splitlines()[0])
        return {'space': slug, 'id': entry, 'page': 'rules', 'rev': log['id']}

    @staticmethod
    def unlike(entry):
        """An id of nothing: the same with another first letter."""
        return LETTERS[(LETTERS.index(entry[0]) + 1) % 32] + entry[1:]

    def plain(self, answer, what):
        """An answer without what differs between any two: the object's names as they were sent, tokens, moments."""
        text = urllib.parse.unquote(answer.text + (answer.location or ''))
        for name in ('id', 'rev', 'space'):
            text = text.replace(what[name], name.upper())
        text = re.sub(r'\b[a-z2-7]{26,}\b', 'TOKEN', text)
        text = re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d(:\d\d)?', 'MOMENT', text)
        return answer.status, answer.fields['Content-Type'], text

    # -- the interface for programs

    def operations(self):
        document = json.loads((ROOT / 'docs/openapi.json').read_text())
        for path, methods in document['paths'].items():
            for method, about in methods.items():
                yield method.upper(), path, about

    def call(self, browser, method, path, about, what, token=None):
        values = {'space': what['space'], 'id': what['id'], 'rev': what['rev'], 'a': what['rev'], 'b': what['rev'],
                  'page': f'{what["space"]}/{what["page"]}', 'who': what['space'], 'what': what['id'],
                  'quote': what['id']}
        if '/people/' in path:
            values['who'] = 'maria@health'
        query = {}
        for row in about['parameters']:
            if row['in'] == 'path':
                path = path.replace('{' + row['name'] + '}', urllib.parse.quote(values[row['name']], safe=''))
            elif row['required'] or row['name'] == 'space':
                query[row['name']] = values[row['name']]
        body = None
        if 'requestBody' in about:
            schema = about['requestBody']['content']['application/json']['schema']
            body = {name: values.get(name, SAMPLES.get(name, 'text')) for name in schema['properties']}
            body = {name: value for name, value in body.items()
                    if value is not None or name in schema.get('required', ())}
            if path == '/spaces':
                body = {**body, 'kind': 'inside', 'slug': 'made-' + what['space']}
        address = path + ('?' + urllib.parse.urlencode(query) if query else '')
        fields = {'X_CSRF_Token': self.csrf.get(browser, '')} if token is None and method != 'GET' else {}
        return browser.api(method, address, body, token=token, **fields)

    def test_every_operation(self):
        jo, maria, boss, nobody = (self.browsers[name] for name in ('jo', 'maria', 'boss', 'nobody'))
        self.csrf = {each: each.form('/settings/tokens')['csrf'] for each in (jo, maria, boss)}
        fields = maria.form('/settings/tokens')
        reader = re.search(r'comity_[a-z2-7]{70,}', maria.post(
            '/settings/tokens', {**fields, 'name': 'reads', 'scopes': 'read', 'days': '1'}).text).group()
        rows = 0
        for method, path, about in self.operations():
            scope = about['security'][0]['token'][0]
            about_object = re.search(r"'(space|id|page|what)'", str([row['name'] for row in about['parameters']]) + str(
                list(about.get('requestBody', {}).get('content', {}).get('application/json', {}).get('schema', {}).get(
                    'properties', ()))))
            if path in ('/events', '/openapi.json') or path.startswith(('/sessions/', '/tokens/')):
                about_object = None
            for kind, what in self.objects.items():
                with self.subTest(operation=f'{method} {path}', object=kind):
                    rows += 1
                    refused = self.call(nobody, method, path, about, what)
                    self.assertEqual((refused.status, refused.document['code']), (401, 'CMY-1902'), refused)
                    if scope == 'admin':
                        hidden = self.call(jo, method, path, about, what)
                        self.assertEqual((hidden.status, hidden.document['code']), (404, 'CMY-1905'), hidden)
                    if scope != 'read':
                        denied = self.call(maria, method, path, about, what, token=reader)
                        self.assertIn((denied.status, denied.document['code']),
                                      {(403, 'CMY-1906'), (404, 'CMY-1905')}, denied)
            if scope == 'admin' or path == '/events' or not about_object:
                continue
            with self.subTest(operation=f'{method} {path}', role='outsider'):
                hidden = self.call(jo, method, path, about, self.objects['hidden'])
                missing = self.call(jo, method, path, about, self.objects['missing'])
                self.assertEqual(self.plain(hidden, self.objects['hidden']), self.plain(missing, self.objects['missing']))
                self.assertNotIn('canary-qqshut', hidden.text)
                if method == 'GET':
                    # It is there for whom it is meant: the comparison above is not one of two typing errors.
                    shown = self.call(maria, method, path, about, self.objects['hidden'])
                    self.assertEqual(shown.status, 200, shown.text)
        self.assertGreater(rows, 100)

    # -- pages

    @staticmethod
    def addresses():
        """Each route; a wiki page once for each of its views, and once for an earlier version."""
        for method, pattern, access in routes():
            yield method, pattern, access
            if method == 'GET' and '{page*}' in pattern:
                for query in [f'?view={view}' for view in wiki_views()] + ['?rev={rev}', '?view=diff&a={rev}&b={rev}']:
                    yield method, pattern + query, access

    def visit(self, browser, method, pattern, what, csrf=''):
        values = {'space': what['space'], 'id': what['id'], 'page*': what['page'], 'who': 'maria', 'rev': what['rev']}
        path = re.sub(r'\{([^}]+)\}', lambda found: urllib.parse.quote(values[found.group(1)], safe=''), pattern)
        if method == 'GET':
            return browser.get(path)
        fields = {'csrf': csrf, 'once': 'a' * 26, 'space': what['space'], 'id': what['id'], 'text': 'text', 'title': 'title',
                  'kind': 'like', 'level': 'normal', 'rev': what['rev'], 'entry': what['id']}
        return browser.post(path, fields)

    def test_every_page(self):
        jo, maria, nobody = (self.browsers[name] for name in ('jo', 'maria', 'nobody'))
        csrf = {each: each.form('/settings/tokens')['csrf'] for each in (jo, maria)}
        rows = 0
        for method, pattern, access in self.addresses():
            # Whose objects are secrets of the person who asks; web_test.py has them.
            if pattern.startswith(('/sign-', '/settings/sessions/', '/settings/tokens/', '/atom/')):
                continue
            rows += 1
            with self.subTest(page=f'{method} {pattern}'):
                for what in self.objects.values():
                    answer = self.visit(nobody, method, pattern, what)
                    if access == 'kAnyone':
                        continue
                    self.assertIn(answer.status, (303, 401), answer)
                    if method == 'GET':
                        self.assertIn('/sign-in', answer.location)
                if access == 'kOperator':
                    gone, other = self.visit(jo, method, pattern, self.objects['open'], csrf[jo]), jo.get('/no-such-page')
                    self.assertEqual((gone.status, other.status), (404, 404))
                if '{' not in pattern or '{who}' in pattern:
                    continue
                hidden = self.visit(jo, method, pattern, self.objects['hidden'], csrf[jo])
                missing = self.visit(jo, method, pattern, self.objects['missing'], csrf[jo])
                self.assertEqual(self.plain(hidden, self.objects['hidden']), self.plain(missing, self.objects['missing']))
                self.assertGreaterEqual(hidden.status, 300, hidden)
                self.assertNotIn('canary-qqshut', hidden.text)
                unsent = self.visit(maria, method, pattern, self.objects['hidden'])
                if method == 'POST':
                    self.assertEqual(unsent.status, 403, unsent)   # without the token of the form
        self.assertGreater(rows, 4)


if __name__ == '__main__':
    sys.exit(harness.main())
