# SPDX-License-Identifier: EUPL-1.2
"""The pages' server of a real node: signing in, forms, the interface for programs, hostile requests."""
import html
import json
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import xml.dom.minidom

import harness
from agencies import free_port
from browser import PATIENCE, Browser, raw
from harness import NodeTest, comity

PASSWORD = 'a long enough secret'


class Web(NodeTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        done = comity('init', '--data', self.data, '--name', 'Ministry of Health', '--short-name', 'health', '--listen',
                      f'127.0.0.1:{free_port()}', '--web', f'127.0.0.1:{self.port}', '--no-passphrase')
        self.assertEqual(done.code, 0, done)
        self.settings = self.data / 'comity.toml'
        self.settings.write_text(self.settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        secret = self.folder / 'password'
        secret.write_text(PASSWORD + '\n')
        self.secret = secret

    def serve(self, **web):
        if web:
            lines = ''.join(f'{name} = {value}\n' for name, value in web.items())
            self.settings.write_text(re.sub(r'(?m)^\[web\]$', '[web]\n' + lines, self.settings.read_text()))
        self.node = self.start()

    def at(self, *words):
        done = comity(*words, '--data', self.data)
        self.assertEqual(done.code, 0, done)
        return done

    def people(self, *handles):
        for handle in handles:
            role = ['--role', 'admin'] if handle == 'boss' else []
            self.at('user', 'add', handle, '--name', handle.title(), '--password-file', self.secret, *role)

    def signed_in(self, handle='maria', **always):
        browser = Browser(self.port, **always)
        answer = browser.sign_in(handle, PASSWORD)
        self.assertEqual(answer.status, 303, answer)
        return browser

    def token(self, browser, *scopes):
        fields = browser.form('/settings/tokens')
        answer = browser.post('/settings/tokens', {'csrf': fields['csrf'], 'once': fields['once'], 'name': 'script',
                                                   'scopes': scopes, 'days': '7'})
        self.assertEqual(answer.status, 200, answer)
        return re.search(r'comity_[a-z2-7]{70,}', answer.text).group()


class Tokens(Web):
    def test_a_token_that_is_refused_is_told_so_and_the_node_lives(self):
        self.serve()
        self.people('maria')
        browser = self.signed_in()
        for wrong in ({'scopes': (), 'days': '7'}, {'scopes': ('read',), 'days': 'a long while, longer than a short string'},
                      {'scopes': ('read',), 'days': '9999'}, {'scopes': (), 'days': '90'}):
            fields = browser.form('/settings/tokens')
            answer = browser.post('/settings/tokens', {'csrf': fields['csrf'], 'once': fields['once'], 'name': 'script', **wrong})
            self.assertEqual(answer.status, 422, answer)
        self.assertTrue(self.token(browser, 'read'))


class SigningIn(Web):
    def test_a_session_outlives_a_restart_and_ends_by_signing_out(self):
        self.serve()
        self.people('maria')
        browser = Browser(self.port)
        self.assertEqual(browser.get('/settings/sessions').location, '/sign-in?next=%2Fsettings%2Fsessions')
        planted = dict(browser.cookies)
        answer = browser.sign_in('maria', PASSWORD, next='/settings/sessions')
        self.assertEqual((answer.status, answer.location), (303, '/settings/sessions'))
        self.assertIn('HttpOnly', answer.fields['Set-Cookie'])
        self.node.stop()
        self.node = self.start()
        self.assertEqual(browser.api('GET', '/me').document['person'], 'maria@health')
        # What was there before signing in is worth nothing afterwards.
        other = Browser(self.port)
        other.cookies = planted
        self.assertEqual(other.api('GET', '/me').status, 401)
        old = dict(browser.cookies)
        csrf = browser.form('/settings/sessions')['csrf']
        self.assertEqual(browser.post('/sign-out', {'csrf': csrf}).location, '/sign-in')
        self.assertEqual(browser.api('GET', '/me').status, 401)
        browser.cookies = old
        self.assertEqual(browser.api('GET', '/me').status, 401)

    def test_a_planted_session_is_not_the_one_that_is_signed_in(self):
        self.serve()
        self.people('maria', 'mallory')
        mallory = self.signed_in('mallory')
        maria = Browser(self.port)
        maria.cookies = {'comity_session': mallory.cookies['comity_session']}
        csrf = mallory.form('/settings/sessions')['csrf']
        answer = maria.post('/sign-in', {'csrf': csrf, 'handle': 'maria', 'password': PASSWORD})
        self.assertEqual(answer.status, 303, answer)
        self.assertNotEqual(maria.cookies['comity_session'], mallory.cookies['comity_session'])
        self.assertEqual(mallory.api('GET', '/me').document['handle'], 'mallory')
        self.assertEqual(maria.api('GET', '/me').document['handle'], 'maria')

    def test_guessing_is_slowed_down_and_locks_nobody_out(self):
        self.serve(proxies='["127.0.0.1"]')
        self.people('maria')
        maria = self.signed_in(X_Forwarded_For='198.51.100.1')
        guesser = Browser(self.port, X_Forwarded_For='203.0.113.66')
        seen = [guesser.sign_in('maria', f'wrong password {i}').status for i in range(8)]
        self.assertEqual(seen, [422] * 5 + [429] * 3)
        self.assertEqual(guesser.sign_in('maria', PASSWORD).status, 429)
        # The name and the password are told apart from nothing else.
        nobody = Browser(self.port, X_Forwarded_For='203.0.113.67')
        wrong, unknown = nobody.sign_in('maria', 'not the password'), nobody.sign_in('nobody', 'not the password')
        self.assertEqual(self.without_names(wrong.text), self.without_names(unknown.text))
        # From elsewhere, and from the browser that has signed in before, she gets in at once.
        self.signed_in(X_Forwarded_For='198.51.100.2')
        for i in range(80):
            Browser(self.port, X_Forwarded_For=f'203.0.113.{i + 68}').sign_in('maria', 'x')
        csrf = maria.form('/settings/sessions')['csrf']
        maria.post('/sign-out', {'csrf': csrf})
        self.assertEqual(maria.sign_in('maria', PASSWORD).status, 303)

    @staticmethod
    def without_names(text):
        return re.sub(r'maria|nobody', 'NAME', re.sub(r'\b[a-z2-7]{26,}\b', '', text))

    def test_passwords_sessions_and_tokens_end_together(self):
        self.serve()
        self.people('maria')
        here, there = self.signed_in(), self.signed_in()
        token = self.token(here, 'read', 'write')
        rows = here.api('GET', '/sessions').document['sessions']
        self.assertEqual(len(rows), 2)
        fields = here.form('/settings/password')
        change = {'csrf': fields['csrf'], 'once': fields['once'], 'old': PASSWORD, 'new': 'another long secret',
                  'again': 'another long secret'}
        self.assertEqual(here.post('/settings/password', {**change, 'old': 'wrong'}).status, 422)
        self.assertEqual(here.post('/settings/password', {**change, 'again': 'x'}).status, 422)
        self.assertEqual(here.post('/settings/password', {**change, 'new': 'short', 'again': 'short'}).status, 422)
        self.assertEqual(here.post('/settings/password', change).location, '/settings/password?done=1')
        self.assertEqual(there.api('GET', '/me').status, 401)
        self.assertEqual(here.api('GET', '/me').status, 200)
        self.assertEqual(here.api('GET', '/me', token=token).status, 200)
        # An administrator's reset may be the answer to a theft: nothing that was signed in stays so.
        self.at('user', 'passwd', 'maria', '--password-file', self.secret)
        self.assertEqual(here.api('GET', '/me').status, 401)
        self.assertEqual(here.api('GET', '/me', token=token).status, 401)
        again = self.signed_in()
        self.at('user', 'disable', 'maria')
        self.assertEqual(again.api('GET', '/me').status, 401)
        self.assertEqual(Browser(self.port).sign_in('maria', PASSWORD).status, 422)

    def test_a_proxy_signs_in_whom_it_names_and_nobody_else_does(self):
        self.serve(proxies='["127.0.0.2"]', sign_in_header='"X-Remote-User"', base='"/staff"')
        self.people('maria')
        browser = Browser(self.port, X_Remote_User='maria')
        self.assertEqual(browser.get('/staff/api/v1/me').status, 401)
        self.node.stop()
        self.settings.write_text(self.settings.read_text().replace('127.0.0.2', '127.0.0.1'))
        self.node = self.start()
        self.assertEqual(browser.get('/staff/api/v1/me').document['handle'], 'maria')
        self.assertIn('comity_session', browser.cookies)
        self.assertEqual(browser.get('/api/v1/me').status, 404)
        browser.always = {}
        self.assertEqual(browser.get('/staff/api/v1/me').status, 401)
        self.assertEqual(browser.get('/staff/').location, '/staff/sign-in')
        secure = Browser(self.port, X_Remote_User='maria', X_Forwarded_Proto='https')
        self.assertEqual(secure.get('/staff/api/v1/me').status, 200)
        self.assertIn('__Host-comity_session', secure.cookies)


class Encrypted(Web):
    def certificate(self, name):
        """A certificate of its own and its key."""
        files = self.folder / f'{name}.pem', self.folder / f'{name}.key'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                        '2', '-subj', f'/CN={name}', '-addext', 'subjectAltName=DNS:localhost', '-out', files[0], '-keyout',
                        files[1]], check=True, capture_output=True)
        return files

    def talk(self, trusted, request):
        """What an encrypted connection answers, and the name in its certificate."""
        context = ssl.create_default_context(cafile=str(trusted))
        with socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE) as plain, \
                context.wrap_socket(plain, server_hostname='localhost') as connection:
            name = connection.getpeercert()['subject'][0][0][1]
            connection.sendall(request)
            got = b''
            while piece := connection.recv(65536):
                got += piece
            return got, name

    def test_the_node_encrypts_itself_and_takes_a_new_certificate_while_it_runs(self):
        chain, key = self.certificate('one')
        self.serve(tls_certificate=f'"{chain}"', tls_key=f'"{key}"')
        self.people('maria')
        request = b'GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
        answer, name = self.talk(chain, request)
        self.assertTrue(answer.startswith(b'HTTP/1.1 200 '), answer)
        self.assertIn(b'\r\nStrict-Transport-Security: max-age=', answer)
        self.assertRegex(answer, rb'Set-Cookie: __Host-comity_form=\w+; Path=/; SameSite=Lax; HttpOnly; Secure')
        self.assertEqual(name, 'one')
        self.assertIn('"web":"https://', self.at('status', '--json').out.replace(': ', ':'))
        # Whoever speaks something else is told nothing, and no other version is spoken.
        self.assertNotIn(b'HTTP/1.1 200', raw(self.port, request))
        raw(self.port, b'\x16\x03\x01' + b'\xff' * 500)
        fresh, fresh_key = self.certificate('two')
        chain.write_bytes(fresh.read_bytes())
        key.write_bytes(fresh_key.read_bytes())
        self.node.signal(signal.SIGHUP)
        self.node.wait_log('settings were read again')
        self.assertEqual(self.talk(chain, request)[1], 'two')
        # One that does not fit its key changes nothing.
        key.write_bytes(self.certificate('three')[1].read_bytes())
        self.node.signal(signal.SIGHUP)
        self.node.wait_log('they keep the certificate that they had')
        self.assertEqual(self.talk(chain, request)[1], 'two')
        self.node.stop()
        self.refused(1603, 'web.tls_key')


class Forms(Web):
    def test_a_form_counts_once_and_only_from_its_own_session(self):
        self.serve()
        self.people('maria', 'mallory')
        maria, mallory = self.signed_in(), self.signed_in('mallory')
        fields = maria.form('/settings/tokens')
        values = {'name': 'script', 'scopes': 'read', 'once': fields['once']}
        stolen = mallory.form('/settings/tokens')
        for wrong in ({}, {'csrf': ''}, {'csrf': stolen['csrf']}, {'csrf': fields['csrf'][:-1]}, {'csrf': 'a' * 52}):
            answer = maria.post('/settings/tokens', {**values, **wrong})
            self.assertEqual(answer.status, 403, answer)
            self.assertIn('CMY-1903', answer.text)
        for elsewhere in ({'Origin': 'http://evil.example'}, {'Sec_Fetch_Site': 'cross-site'}):
            answer = maria.post('/settings/tokens', {**values, 'csrf': fields['csrf']}, **elsewhere)
            self.assertEqual(answer.status, 403, answer)
        self.assertEqual(maria.post('/settings/tokens', {**values, 'csrf': fields['csrf'], 'once': ''}).status, 403)
        self.assertEqual(maria.api('GET', '/tokens').document['tokens'], [])
        self.assertEqual(maria.post('/settings/tokens', {**values, 'csrf': fields['csrf']}).status, 200)
        replayed = maria.post('/settings/tokens', {**values, 'csrf': fields['csrf']})
        self.assertEqual(replayed.status, 409, replayed)
        self.assertIn('CMY-1904', replayed.text)
        self.assertEqual(len(maria.api('GET', '/tokens').document['tokens']), 1)
        # Another method or type of body is none of a form's.
        self.assertEqual(maria.send('POST', '/settings/tokens', '{}', Content_Type='application/json').status, 415)
        self.assertEqual(maria.send('PUT', '/settings/tokens', 'a=b').status, 405)

    def test_a_form_that_comes_after_the_end_of_a_session_loses_no_text(self):
        self.serve()
        self.people('maria')
        maria = self.signed_in()
        fields = maria.form('/settings/tokens')
        maria.cookies.pop('comity_session')
        answer = maria.post('/settings/tokens', {**fields, 'name': 'a <long> name', 'scopes': 'read'})
        self.assertEqual(answer.status, 401, answer)
        self.assertIn('CMY-1902', answer.text)
        kept = Browser(self.port)
        kept.cookies = maria.cookies
        from browser import Fields
        page = Fields(answer.text).found
        resend = maria.post('/sign-in', {**page, 'handle': 'maria', 'password': PASSWORD})
        self.assertEqual(resend.status, 200, resend)
        again = Fields(resend.text).found
        self.assertEqual(again['name'], 'a <long> name')
        self.assertEqual(maria.post('/settings/tokens', again).status, 200)
        self.assertEqual([row['name'] for row in maria.api('GET', '/tokens').document['tokens']], ['a <long> name'])


class Answers(Web):
    def setUp(self):
        super().setUp()
        self.beyond = {}   # what a stream said behind what was waited for

    def test_every_answer_forbids_what_pages_do_not_need(self):
        self.serve()
        self.people('maria')
        maria = self.signed_in()
        for answer in (maria.get('/settings/tokens'), maria.get('/nowhere'), maria.api('GET', '/me'), maria.get('/assets/x'),
                       Browser(self.port).get('/'), Browser(self.port, Host='evil.example').get('/')):
            policy = answer.fields['Content-Security-Policy']
            self.assertTrue(policy.startswith("default-src 'none'; script-src 'self'"), answer)
            self.assertNotIn('unsafe', policy)
            self.assertEqual(answer.fields['X-Content-Type-Options'], 'nosniff')
            self.assertIn("frame-ancestors 'none'", policy)
        self.assertEqual(Browser(self.port, Host='evil.example').get('/').status, 421)
        self.assertEqual(maria.get('/nowhere').status, 404)

    def test_what_has_not_changed_is_not_sent_again_and_the_rest_is_compressed(self):
        self.serve()
        self.people('maria')
        maria = self.signed_in()
        first = maria.get('/settings/sessions')
        self.assertEqual(maria.get('/settings/sessions', If_None_Match=first.fields['ETag']).status, 304)
        self.assertEqual(maria.get('/settings/sessions', If_None_Match='"other"').status, 200)
        for _ in range(12):
            self.signed_in()
        plain, zipped = maria.api('GET', '/sessions'), maria.api('GET', '/sessions', Accept_Encoding='br, gzip')
        self.assertEqual(zipped.fields['Content-Encoding'], 'gzip')
        self.assertIsNone(plain.fields['Content-Encoding'])
        self.assertLess(len(zipped.body), len(plain.body))

    def test_events_are_told_to_who_may_read_them_and_to_nobody_else(self):
        self.serve()
        self.people('maria', 'jo')
        self.at('space', 'create', 'open', '--title', 'Open', '--kind', 'inside')
        self.at('space', 'create', 'closed', '--title', 'Closed', '--kind', 'inside')
        self.at('space', 'readers', 'closed', 'add', 'maria')
        streams = {name: self.stream(self.signed_in(name)) for name in ('maria', 'jo')}
        self.at('post', '--as', 'maria', '--space', 'closed', '--title', 'secret-canary', '--text', 'x')
        self.at('post', '--as', 'maria', '--space', 'open', '--title', 'open-canary', '--text', 'x')
        heard = {name: self.read_until(stream, b'open-canary') for name, stream in streams.items()}
        self.assertIn(b'secret-canary', heard['maria'])
        self.assertNotIn(b'secret-canary', heard['jo'])
        # Cut off, a browser goes on where it was.
        again = self.stream(self.signed_in('jo'), Last_Event_ID=self.cursor)
        self.assertNotIn(b'secret-canary', self.read_until(again, b'open-canary'))
        self.node.stop()
        self.assertIn(b'event: end', self.read_until(streams['maria'], b'event: end'))

    def test_feeds_show_what_their_owner_may_read_until_the_token_is_revoked(self):
        self.serve()
        self.people('maria', 'jo')
        self.at('space', 'create', 'open', '--title', 'Open', '--kind', 'inside')
        self.at('space', 'create', 'closed', '--title', 'Closed', '--kind', 'inside')
        self.at('space', 'readers', 'closed', 'add', 'maria')
        self.at('post', '--as', 'maria', '--space', 'closed', '--title', 'A <b>title</b>', '--text', 'x', '--tag', 'law')
        browsers = {name: self.signed_in(name) for name in ('maria', 'jo')}
        tokens = {name: self.token(browser, 'syndication') for name, browser in browsers.items()}
        nobody = Browser(self.port)
        for path in ('spaces/closed', 'tags/closed/law'):
            feed = nobody.get(f'/atom/{tokens["maria"]}/{path}')
            self.assertEqual(feed.status, 200, feed)
            self.assertIn('A &lt;b&gt;title&lt;/b&gt;', feed.text)
            xml.dom.minidom.parseString(feed.text)
            self.assertEqual(nobody.get(f'/atom/{tokens["jo"]}/{path}').status, 404)
        for path in ('timeline', 'notifications', 'search?query=title', 'spaces/open'):
            self.assertEqual(nobody.get(f'/atom/{tokens["jo"]}/{path}').status, 200)
        self.assertNotIn('title&lt;', nobody.get(f'/atom/{tokens["jo"]}/search?query=title').text)
        # It reads feeds and does nothing else; nor does another kind of token read feeds.
        self.assertEqual(nobody.api('GET', '/me', token=tokens['maria']).status, 401)
        self.assertEqual(nobody.get(f'/atom/{self.token(browsers["maria"], "read")}/timeline').status, 404)
        rows = browsers['maria'].api('GET', '/tokens').document['tokens']
        row = next(row for row in rows if row['scopes'] == ['syndication'])
        self.assertEqual(browsers['maria'].api('DELETE', f'/tokens/{row["id"]}').status, 200)
        self.assertEqual(nobody.get(f'/atom/{tokens["maria"]}/spaces/closed').status, 404)

    def test_long_lists_lead_on_by_links(self):
        self.serve()
        self.people('maria', 'jo')
        self.at('space', 'create', 'forum', '--title', 'Forum', '--kind', 'inside')
        batch = self.folder / 'batch'
        batch.write_text(''.join(json.dumps({'as': 'maria', 'space': 'forum', 'title': f'qqnumber {at:03}', 'text': '@jo reads',
                                             'tags': ['many']}) + '\n' for at in range(60)))
        first = self.at('post', '--batch', str(batch)).out.split()[0]
        for at in range(55):
            self.at('reply', first, '--as', 'maria', '--text', f'qqanswer {at:03}')
        browser = self.signed_in('jo')
        browser.post('/s/forum/follow', browser.form('/s/forum'))
        for path, pattern, number in (('/s/forum', r'qqnumber \d{3}', 60), ('/s/forum?tag=many', r'qqnumber \d{3}', 60),
                                      (f'/t/{first}', r'qqanswer \d{3}', 55), ('/', r'qqnumber \d{3}', 60),
                                      ('/notifications', r'qqnumber \d{3}', 60), ('/people/maria', r'qqnumber \d{3}', 60)):
            with self.subTest(path=path):
                seen, pages, following = set(), 0, path
                while following and pages < 12:
                    answer = browser.get(following)
                    self.assertEqual(answer.status, 200, answer)
                    seen |= set(re.findall(pattern, answer.text))
                    pages += 1
                    link = re.search(r'href="([^"]*[?&;]after=[^"]*)"', answer.text)
                    following = html.unescape(link.group(1)) if link else None
                self.assertEqual(len(seen), number)
                self.assertGreater(pages, 1)

    def stream(self, browser, **fields):
        lines = {**{name.replace('_', '-'): value for name, value in fields.items()},
                 'Cookie': '; '.join(f'{name}={value}' for name, value in browser.cookies.items())}
        connection = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
        self.addCleanup(connection.close)
        head = ''.join(f'{name}: {value}\r\n' for name, value in lines.items())
        connection.sendall(f'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{head}\r\n'.encode())
        # Where it begins: there it would go on if it were cut off now.
        self.cursor = re.search(rb'id: (\S+)\n', self.read_until(connection, b'\n\n')).group(1).decode()
        return connection

    def read_until(self, connection, words):
        got = self.beyond.pop(connection, b'')
        while words not in got:
            # A stream that has nothing to say still says that it is there.
            self.assertLess(got.count(b': here'), 3, got)
            piece = connection.recv(65536)
            self.assertTrue(piece, got)
            got += piece
        end = got.index(words) + len(words)
        self.beyond[connection] = got[end:]
        return got[:end]


class Failing(Web):
    def test_what_fails_inside_is_named_by_an_id_that_the_log_has_too(self):
        self.serve()
        self.people('maria')
        self.at('space', 'create', 'open', '--title', 'Open', '--kind', 'inside')
        # Enough to be read from the disk and not from memory.
        for _ in range(20):
            self.at('post', '--as', 'maria', '--space', 'open', '--title', 'title', '--text', 'x' * 3000)
        maria = self.signed_in()
        self.node.stop()
        self.node = self.start()
        for table in (self.data / 'store').glob('*.sst'):
            with table.open('r+b') as rows:
                rows.write(b'\xa5' * max(0, table.stat().st_size - 1500))
        page, answer = maria.get('/s/open'), maria.api('GET', '/spaces/open/entries')
        self.assertEqual((page.status, answer.status), (500, 500))
        self.assertEqual(answer.document['code'], 'CMY-1303')
        ids = [re.search(r'number: ([a-z2-7]{8})\.', page.text).group(1),
               re.fullmatch(r'error id ([a-z2-7]{8})', answer.document['detail']).group(1)]
        self.assertNotEqual(*ids)
        for each in ids:
            # The reason is the operator's: the reader has the number alone.
            line = next(line for line in self.node.wait_log(f'id={each}').splitlines() if each in line)
            self.assertIn('CMY-1303', line)
            self.assertIn('block checksum', line)
        self.assertNotIn('checksum', page.text + answer.text)
        # What does not fail inside has none.
        self.assertNotIn('number:', maria.get('/no-such-page').text)


class Hostile(Web):
    def test_malformed_requests_get_the_right_status_and_the_node_lives(self):
        self.serve()
        self.people('maria')
        big = b'a' * 20_000
        host = b'Host: localhost\r\n'
        cases = {
            b'NONSENSE\r\n\r\n': 400,
            b'GET / HTTP/1.1\r\n\r\n': 400,
            b'GET / HTTP/1.1\r\n' + host + host + b'\r\n': 400,
            b'GET http://localhost/ HTTP/1.1\r\n' + host + b'\r\n': 400,
            b'GET /%ff HTTP/1.1\r\n' + host + b'\r\n': 303,
            b'GET /?a=%ff HTTP/1.1\r\n' + host + b'\r\n': 400,
            b'GET / HTTP/1.1\r\n' + host + b'X: ' + big + b'\r\n\r\n': 431,
            b'GET /' + big + b' HTTP/1.1\r\n' + host + b'\r\n': 431,
            b'GET / HTTP/2.0\r\n' + host + b'\r\n': 501,
            b'POST / HTTP/1.1\r\n' + host + b'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello': 400,
            b'POST / HTTP/1.1\r\n' + host + b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n': 501,
            b'POST / HTTP/1.1\r\n' + host + b'Transfer-Encoding: gzip\r\n\r\n': 501,
            b'POST / HTTP/1.1\r\n' + host + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n': 400,
            b'POST / HTTP/1.1\r\n' + host + b'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n': 400,
            b'POST / HTTP/1.1\r\n' + host + b'Content-Length: -1\r\n\r\n': 400,
            b'POST / HTTP/1.1\r\n' + host + b'Content-Length: 99999999999\r\n\r\n': 413,
            b'GET / HTTP/1.1\r\n' + host + b'Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n': 501,
            b'GET / HTTP/1.1\r\nX : y\r\n' + host + b'\r\n': 400,
            b'GET / HTTP/1.1\r\n folded: x\r\n' + host + b'\r\n': 400,
            b'GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n': 400,
        }
        for request, status in cases.items():
            with self.subTest(request=request[:80]):
                answer = raw(self.port, request)
                self.assertTrue(answer.startswith(b'HTTP/1.1 %d ' % status), answer[:300])
                # Never two answers to what may be one request or two.
                self.assertEqual(len(re.findall(rb'HTTP/1\.1 \d{3} ', answer)), 1, answer[:600])
        for path in ('/settings/../etc/passwd', '/settings/%2e%2e/x', '//settings/tokens', '/settings/tokens/',
                     '/settings/tokens%00', '/assets/../../etc/passwd', '/assets/%2e%2e/x'):
            with self.subTest(path=path):
                answer = raw(self.port, f'GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
                self.assertRegex(answer, rb'^HTTP/1.1 (404|303) ')
        maria = self.signed_in()
        self.assertEqual(maria.post('/settings/tokens', {'a': 'x' * 1_100_000}).status, 413)
        self.assertEqual(maria.get('/settings/tokens').status, 200)

    def test_five_thousand_connections_that_say_nothing_leave_room_for_who_does(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 8000:
            self.skipTest('the system gives a process fewer descriptors')
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 8000), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.serve()
        self.people('maria')
        maria = self.signed_in()
        before = self.memory()
        held = []
        self.addCleanup(lambda: [each.close() for each in held])
        for number in range(5400):
            held.append(socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE))
            # Every third is in the middle of its header: the slow ones of a slowloris.
            if number % 3 == 0:
                held[-1].sendall(b'GET / HTTP/1.1\r\nHost: local')
        self.assertEqual(maria.api('GET', '/me').status, 200)
        grown = self.memory() - before
        self.assertLess(grown, 96 * 1024, 'KiB for 5,400 connections')
        slow = held[-3]
        self.assertTrue(slow.recv(100).startswith(b'HTTP/1.1 408 '))
        self.assertEqual(maria.api('GET', '/me').status, 200)

    def memory(self):
        with open(f'/proc/{self.node.process.pid}/status', encoding='ascii') as status:
            return int(re.search(r'VmRSS:\s+(\d+)', status.read()).group(1))

    def test_what_is_under_way_is_answered_before_the_node_ends(self):
        self.serve()
        self.people('maria')
        begun = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
        self.addCleanup(begun.close)
        begun.sendall(b'GET /sign-in HTTP/1.1\r\nHost: local')
        idle = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
        self.addCleanup(idle.close)
        Browser(self.port).get('/sign-in')
        self.node.signal(15)
        self.node.wait_log('draining')
        self.assertEqual(idle.recv(100), b'')
        begun.sendall(b'host\r\n\r\n')
        self.assertTrue(begun.recv(100).startswith(b'HTTP/1.1 200 '))
        self.node.finish()
        self.assertEqual(self.node.process.returncode, 0)


if __name__ == '__main__':
    sys.exit(harness.main())
