# SPDX-License-Identifier: EUPL-1.2
"""Requests that two programs could read in two ways: each gets one answer, and the connection ends with it."""
import re
import socket
import sys

import harness
from browser import PATIENCE, raw
from web_test import PASSWORD, Browser, Web

HOST = b'Host: localhost\r\n'
GET = b'GET /sign-in HTTP/1.1\r\n' + HOST
POST = b'POST / HTTP/1.1\r\n' + HOST
# Behind each stands another whole request, which nobody may take for one.
HIDDEN = b'GET /help HTTP/1.1\r\n' + HOST + b'\r\n'
CODED = POST + b'Transfer-Encoding: chunked\r\n\r\n'
LENGTHS = {b'+5': 400, b'-5': 400, b'0x5': 400, b'5 6': 400, b'5, 6': 400, b'5\x0b': 400, b'18446744073709551617': 400, b'': 400,
           b'1048577': 413}
CODINGS = {b'Transfer-Encoding: xchunked': 501, b'Transfer-Encoding : chunked': 400, b'Transfer-Encoding: chunked, identity': 501,
           b'Transfer-Encoding: identity, chunked': 501, b'Transfer-Encoding:\x0bchunked': 400,
           b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity': 501,
           b'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked': 501,
           b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked': 501,
           b'Transfer-Encoding: chunked\r\nContent-Length: 5': 400}
CHUNKS = {b'5\r\nhelloX\r\n0\r\n\r\n': 400, b'5 \r\nhello\r\n0\r\n\r\n': 400, b'-5\r\nhello\r\n0\r\n\r\n': 400,
          b'0x5\r\nhello\r\n0\r\n\r\n': 400, b'5;' + b'a' * 20_000 + b'\r\nhello\r\n0\r\n\r\n': 431,
          b'100001\r\n' + b'a' * 0x100001 + b'\r\n0\r\n\r\n': 413}
LINES = {b'GET  /sign-in HTTP/1.1\r\n' + HOST: 400, b'GET\t/sign-in\tHTTP/1.1\r\n' + HOST: 400,
         b'GET /sign-in HTTP/1.1 \r\n' + HOST: 501, b'GET /sign-in\0 HTTP/1.1\r\n' + HOST: 400, b'GET /sign-in \r\n' + HOST: 501,
         b'GET /sign-in HTTP/1.1\n' + HOST: 501, b'GET * HTTP/1.1\r\n' + HOST: 400, b'PRI * HTTP/2.0\r\n': 501,
         b'CONNECT evil.example:443 HTTP/1.1\r\n' + HOST: 400}
FIELDS = {b'X-A: b\rX-B: c': 400, b'X-A\0: b': 400, b': b': 400, b'X A: b': 400, b' X-A: b': 400,
          b'\r\n'.join(b'X-%d: y' % n for n in range(3000)): 431}
HOSTS = {b'localhost, evil.example': 400, b'evil.example@localhost': 400, b'': 400, b'\xff': 400, b'local host': 400,
         b'evil.example': 421}
QUERIES = {b'&'.join(b'a=%d' % n for n in range(300)): 400, b'a=%zz': 400, b'a=%c0%af': 400, b'a=%ed%a0%80': 400, b'a=%00': 400}


class Smuggled(Web):
    def one_answer(self, status, request):
        with self.subTest(request=request[:100]):
            answer = raw(self.port, request)
            self.assertTrue(answer.startswith(b'HTTP/1.1 %d ' % status), answer[:300])
            self.assertEqual(len(re.findall(rb'HTTP/1\.1 \d{3} ', answer)), 1, answer[:1000])

    def test_what_could_be_read_in_two_ways_is_answered_once(self):
        self.serve()
        self.people('maria')
        for length, status in LENGTHS.items():
            self.one_answer(status, POST + b'Content-Length: ' + length + b'\r\n\r\nhello' + HIDDEN)
        for coding, status in CODINGS.items():
            self.one_answer(status, POST + coding + b'\r\n\r\n0\r\n\r\n' + HIDDEN)
        for chunk, status in CHUNKS.items():
            self.one_answer(status, CODED + chunk + HIDDEN)
        for line, status in LINES.items():
            self.one_answer(status, line + b'\r\n' + HIDDEN)
        for field, status in FIELDS.items():
            self.one_answer(status, GET + field + b'\r\n\r\n' + HIDDEN)
        for host, status in HOSTS.items():
            self.one_answer(status, b'GET /sign-in HTTP/1.1\r\nHost: ' + host + b'\r\nConnection: close\r\n\r\n' + HIDDEN)
        for query, status in QUERIES.items():
            self.one_answer(status, b'GET /sign-in?' + query + b' HTTP/1.1\r\n' + HOST + b'Connection: close\r\n\r\n' + HIDDEN)
        # Cut anywhere, with a pause: a last chunk that comes in pieces once ended the node.
        for cut in range(1, 6):
            with socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE) as line:
                line.sendall(CODED)
                for piece in (b'0\r\n\r\n'[:cut], b'0\r\n\r\n'[cut:]):
                    line.sendall(piece)
                    Browser(self.port).get('/sign-in')
                self.assertTrue(line.recv(100).startswith(b'HTTP/1.1 401 '))
        # What is whole and stands behind a whole request is the next one, and nothing of the first.
        both = raw(self.port, POST + b'Content-Length: 5\r\n\r\nhello' + HIDDEN)
        self.assertEqual(re.findall(rb'HTTP/1\.1 (\d{3}) ', both), [b'401', b'200'])
        self.assertEqual(Browser(self.port).sign_in('maria', PASSWORD).status, 303)


if __name__ == '__main__':
    sys.exit(harness.main())
