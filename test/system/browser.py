# SPDX-License-Identifier: EUPL-1.2
"""A browser as far as a server sees one: cookies, forms, and no redirect that nobody asked for."""
import html.parser
import http.client
import json
import socket
import urllib.parse

PATIENCE = 60
FORM = 'application/x-www-form-urlencoded'


class Answer:
    def __init__(self, response, body):
        self.status, self.fields, self.body = response.status, response.headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def document(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.fields['Location']

    def __repr__(self):
        return f'{self.status}\n{self.fields}\n{self.body[:2000]!r}'


class Fields(html.parser.HTMLParser):
    """Names and values of the inputs of a page, the first of each name."""

    def __init__(self, text):
        super().__init__()
        self.found = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        row = dict(attributes)
        if tag == 'input' and row.get('name'):
            self.found.setdefault(row['name'], row.get('value') or '')


class Browser:
    def __init__(self, port, **always):
        self.port, self.always, self.cookies = port, always, {}

    def send(self, method, path, body=None, **fields):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        headers = {name.replace('_', '-'): value for name, value in {**self.always, **fields}.items()}
        if self.cookies:
            headers.setdefault('Cookie', '; '.join(f'{name}={value}' for name, value in self.cookies.items()))
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = Answer(response, response.read())
        connection.close()
        for line in answer.fields.get_all('Set-Cookie') or []:
            name, _, value = line.split(';')[0].partition('=')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def get(self, path, **fields):
        return self.send('GET', path, **fields)

    def form(self, path):
        """What the forms of a page carry: csrf, once."""
        return Fields(self.get(path).text).found

    def post(self, path, values, **fields):
        return self.send('POST', path, urllib.parse.urlencode(values, doseq=True), Content_Type=FORM, **fields)

    def sign_in(self, handle, password, **more):
        values = {'csrf': self.form('/sign-in')['csrf'], 'handle': handle, 'password': password, **more}
        return self.post('/sign-in', values)

    def api(self, method, path, body=None, token=None, **fields):
        if token:
            fields['Authorization'] = f'Bearer {token}'
        elif method != 'GET' and 'X_CSRF_Token' not in fields:
            fields['X_CSRF_Token'] = self.form('/settings/tokens')['csrf']
        text = None
        if body is not None:
            text, fields['Content_Type'] = json.dumps(body), fields.get('Content_Type', 'application/json')
        return self.send(method, '/api/v1' + path, text, **fields)


def raw(port, data, half_close=True):
    """Bytes as they are, and all that comes back."""
    with socket.create_connection(('127.0.0.1', port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        got = b''
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return got
            if not piece:
                return got
            got += piece
