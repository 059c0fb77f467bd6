# SPDX-License-Identifier: EUPL-1.2
"""tools/bench web: the pages of a real node under load, beside nginx with the same bytes in the same run. The server
runs on the first processor, the client (wrk) on the second."""
import argparse
import html.parser
import http.client
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PASSWORD = 'bench password of nobody'
POSTS = 50
STREAMS = 1000
WRITES = 10


def need(*programs):
    absent = [name for name in programs if shutil.which(name) is None]
    if absent:
        sys.exit(f'tools/bench web: {" and ".join(absent)} missing. Install them: apt-get install wrk nginx-light')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Inputs(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.values, self.assets = {}, set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        row = dict(attributes)
        if tag == 'input' and row.get('name'):
            self.values.setdefault(row['name'], row.get('value') or '')
        for place in ('src', 'href'):
            if '/assets/' in (row.get(place) or '') and tag in ('script', 'link', 'img', 'use'):
                self.assets.add(row[place].split('#')[0])


class Bench:
    def __init__(self, build, seconds):
        self.build, self.seconds = pathlib.Path(build), seconds
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='comity-bench-web.'))
        self.data, self.port, self.cookies, self.running = self.folder / 'node', free_port(), {}, []

    def comity(self, *words):
        done = subprocess.run([str(self.build / 'tools/comity/comity'), *map(str, words), '--data', str(self.data)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f'comity {words}: {done.stderr}')
        return done.stdout.strip()

    def start(self, *words, wait_for):
        log = open(self.folder / 'log', 'ab')  # noqa: SIM115 - it lives as long as the process
        process = subprocess.Popen(['taskset', '-c', '0', *map(str, words)], stdout=log, stderr=log)
        self.running.append(process)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(('127.0.0.1', wait_for), timeout=1).close()
                return process
            except OSError:
                time.sleep(0.05)
        sys.exit(f'{words[0]} does not listen: see {self.folder / "log"}')

    def close(self):
        for process in self.running:
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, method, path, body=None, **fields):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        headers = {name.replace('_', '-'): value for name, value in fields.items()}
        headers['Cookie'] = self.cookie()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        for line in answer.headers.get_all('Set-Cookie') or []:
            name, _, value = line.split(';')[0].partition('=')
            self.cookies[name] = value
        connection.close()
        return answer, text

    def prepare(self):
        self.comity('init', '--name', 'Bench', '--short-name', 'bench', '--listen', f'127.0.0.1:{free_port()}', '--web',
                    f'127.0.0.1:{self.port}', '--no-passphrase')
        settings = self.data / 'comity.toml'
        settings.write_text(settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        self.node = self.start(self.build / 'node/comityd', '--data', self.data, wait_for=self.port)
        secret = self.folder / 'password'
        secret.write_text(PASSWORD + '\n')
        self.comity('user', 'add', 'maria', '--name', 'Maria Olsen', '--password-file', secret)
        self.comity('space', 'create', 'help', '--title', 'Help', '--kind', 'inside')
        first = self.comity('post', '--as', 'maria', '--space', 'help', '--title', 'A question about travel',
                            '--text', 'How are **journeys** paid that two agencies make together?')
        for number in range(POSTS - 1):
            self.comity('reply', first, '--as', 'maria', '--text',
                        f'Answer {number}: see the [rules](https://rules.example/{number}).\n\n' + 'Some more words. ' * 20)
        _, page = self.send('GET', '/sign-in')
        values = {'csrf': Inputs(page.decode()).values['csrf'], 'handle': 'maria', 'password': PASSWORD}
        answer, _ = self.send('POST', '/sign-in', urllib.parse.urlencode(values),
                              Content_Type='application/x-www-form-urlencoded')
        if answer.status != 303:
            sys.exit(f'signing in failed: {answer.status}')
        return '/t/' + first

    def cookie(self):
        return '; '.join(f'{name}={value}' for name, value in self.cookies.items())

    @staticmethod
    def processor_seconds(process):
        """User and system time of all threads of a process so far."""
        with open(f'/proc/{process.pid}/stat', encoding='ascii') as stat:
            fields = stat.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def load(self, port, path, connections=8, server=None, gzip=False):
        fields = ['-H', f'Cookie: {self.cookie()}', *(['-H', 'Accept-Encoding: gzip'] if gzip else [])]
        words = ['taskset', '-c', '1', 'wrk', '-t1', f'-c{connections}', f'-d{self.seconds}s', '--latency', *fields,
                 f'http://127.0.0.1:{port}{path}']
        before = self.processor_seconds(server) if server else 0
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        used = self.processor_seconds(server) - before if server else 0
        if refused := re.search(r'Non-2xx or 3xx responses: (\d+)', text):
            sys.exit(f'port {port}: {refused.group(1)} answers were no page')
        late = re.search(r'99%\s+([\d.]+)(us|ms|s)', text)
        pages = int(re.search(r'(\d+) requests in', text).group(1))
        return {'per_second': float(re.search(r'Requests/sec:\s+([\d.]+)', text).group(1)),
                'p99_ms': float(late.group(1)) * {'us': 0.001, 'ms': 1, 's': 1000}[late.group(2)],
                'processor_ms': used * 1000 / pages}

    def write_while(self, work):
        """What `work` gives, while the person posts WRITES a second into the same space."""
        _, page = self.send('GET', '/s/help')
        token = re.search(r'data-csrf="([^"]+)"', page.decode()).group(1)
        ended, written = threading.Event(), 0

        def write():
            nonlocal written
            begun = time.monotonic()
            while not ended.wait(max(0, begun + written / WRITES - time.monotonic())):
                answer, text = self.send('POST', '/api/v1/spaces/help/entries', json.dumps(
                    {'title': f'Post {written}', 'text': 'Written while others read.'}), Content_Type='application/json',
                    X_CSRF_Token=token)
                if answer.status not in (200, 201):
                    sys.exit(f'a post was refused: {answer.status} {text.decode()}')
                written += 1
        writer = threading.Thread(target=write)
        writer.start()
        out = work()
        ended.set()
        writer.join()
        return {**out, 'posts_per_second': written / self.seconds}

    def nginx(self, body):
        port, site = free_port(), self.folder / 'site'
        site.mkdir()
        (site / 'page.html').write_bytes(body)
        config = self.folder / 'nginx.conf'
        # The worker reads the file as who starts it: the folder is nobody else's.
        user = f'user {pwd.getpwuid(os.getuid()).pw_name};' if os.getuid() == 0 else ''
        config.write_text(f'''daemon off; {user} worker_processes 1; pid {self.folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; default_type "text/html"; sendfile on; open_file_cache max=10;
  client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p; fastcgi_temp_path {self.folder}/f;
  uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
  server {{ listen 127.0.0.1:{port}; root {site}; keepalive_requests 1000000; }} }}
''')
        self.start('nginx', '-c', config, '-p', self.folder, wait_for=port)
        return port

    def memory(self):
        with open(f'/proc/{self.node.pid}/status', encoding='ascii') as status:
            return int(re.search(r'VmRSS:\s+(\d+)', status.read()).group(1)) / 1024

    def streams(self):
        """MiB of 1,000 idle event streams: of one person's sessions and those of a hundred, as it comes."""
        secret = self.folder / 'password'
        heads = []
        for number in range(STREAMS // 10):
            self.comity('user', 'add', f'p{number}', '--name', f'Person {number}', '--password-file', secret)
            self.cookies = {}
            _, page = self.send('GET', '/sign-in')
            values = {'csrf': Inputs(page.decode()).values['csrf'], 'handle': f'p{number}', 'password': PASSWORD}
            self.send('POST', '/sign-in', urllib.parse.urlencode(values), Content_Type='application/x-www-form-urlencoded')
            heads.append(self.cookie())
        before, held = self.memory(), []
        for number in range(STREAMS):
            connection = socket.create_connection(('127.0.0.1', self.port), timeout=60)
            connection.sendall(f'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: {heads[number // 10]}\r\n\r\n'.encode())
            if b'200 OK' not in connection.recv(4096):
                sys.exit('a stream was refused')
            held.append(connection)
        time.sleep(25)   # each has said at least once that it is there
        grown = self.memory() - before
        for connection in held:
            connection.close()
        return grown

    def first_view(self):
        """Bytes of the start page with everything that it refers to, as a browser takes them for the first time."""
        answer, page = self.send('GET', '/', Accept_Encoding='identity')
        total = 0
        for path in ['/', *sorted(Inputs(page.decode()).assets)]:
            zipped, body = self.send('GET', path, Accept_Encoding='gzip')
            total += len(body) + len(str(zipped.headers))
        return answer.status, total


def main():
    parser = argparse.ArgumentParser(prog='tools/bench web', description=__doc__, epilog='example: tools/bench web --json')
    parser.add_argument('--build', default='build', help=argparse.SUPPRESS)
    parser.add_argument('--seconds', type=int, default=10, help='of each load (default 10)')
    parser.add_argument('--json', action='store_true', help='one document')
    arguments = parser.parse_args()
    need('wrk', 'nginx', 'taskset')
    if (os.cpu_count() or 1) < 2:
        sys.exit('tools/bench web: two processors are needed, one for the server and one for the client')
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
    bench = Bench(arguments.build, arguments.seconds)
    try:
        path = bench.prepare()
        answer, page = bench.send('GET', path, Accept_Encoding='identity')
        if answer.status != 200:
            sys.exit(f'the thread page answers {answer.status}')
        bench.load(bench.port, path, connections=2)   # warm
        ours = bench.load(bench.port, path, server=bench.node)
        theirs = bench.load(bench.nginx(page), '/page.html')
        busy = bench.write_while(lambda: bench.load(bench.port, path, server=bench.node))
        zipped = bench.load(bench.port, path, server=bench.node, gzip=True)
        status, first = bench.first_view()
        out = {'thread_page_bytes': len(page), 'thread_page': ours, 'nginx': theirs, 'while_written': busy, 'gzip': zipped,
               'ratio': ours['per_second'] / theirs['per_second'], 'first_view_status': status, 'first_view_bytes': first,
               'idle_streams': STREAMS, 'idle_streams_mib': bench.streams()}
    finally:
        bench.close()
    if arguments.json:
        print(json.dumps(out))
        return
    print(f'thread page of {POSTS} posts, {out["thread_page_bytes"]} bytes, signed in, server on one core, wrk on the other')
    for name, row, note in (('comityd', ours, 'must 1000 and < 10 ms'), ('nginx', theirs, 'the same bytes as a file'),
                            ('writes', busy, f'comityd while {busy["posts_per_second"]:.1f} posts/s are written beside it'),
                            ('gzip', zipped, 'comityd, each page compressed')):
        used = f'{row["processor_ms"]:.2f} ms of processor' if row['processor_ms'] else ''
        print(f'  {name:<8} {row["per_second"]:>9.0f} pages/s   p99 {row["p99_ms"]:.2f} ms   {used}   {note}')
    print(f'  ratio    {out["ratio"]:>9.3f}   comityd to nginx, aim 0.5')
    print(f'first view of the start page  {out["first_view_bytes"] / 1000:.1f} kB transferred (status {status})   must <= 100')
    print(f'{STREAMS} idle event streams    {out["idle_streams_mib"]:.1f} MiB   must <= 64')


if __name__ == '__main__':
    main()
