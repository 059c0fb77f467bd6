# SPDX-License-Identifier: EUPL-1.2
"""Three agencies on loopback that work together; `tools/demo` builds the programs and runs this.

All that an operator or a member of staff would do goes through the command line. What each agency holds in the end is
read over its control socket and compared entry by entry.
"""
import argparse
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60          # seconds for what takes a second on a machine at rest
LONG_PATIENCE = 900    # for thousands of imported entries
AGENCIES = {'health': 'Ministry of Health', 'finance': 'Ministry of Finance', 'justice': 'Ministry of Justice'}
PEOPLE = (('health', 'maria', 'Maria Olsen', 'Staff'), ('health', 'ben', 'Ben Haug', 'Hospitals'),
          ('finance', 'jo', 'Jo Berg', 'Budget'), ('finance', 'lena', 'Lena Moen', 'Contracts'),
          ('justice', 'ada', 'Ada Lind', 'Courts'), ('justice', 'tom', 'Tom Vik', 'Prisons'))
CIRCLE = {'health': 'maria', 'finance': 'jo', 'justice': 'ada'}   # who write to each other alone
SPACES = (('health', 'hr-forum', 'Staff matters'), ('finance', 'procurement', 'Buying together'))
STORY = pathlib.Path(__file__).with_name('demo.story.jsonl')
# Content of one's own: agency, person, kind, space, title, place below --content.
IMPORTS = (('health', 'maria', 'markdown', 'library', 'What others have written', 'blog/18f/posts'),
           ('finance', 'jo', 'mbox', 'archive', 'A mailing list', 'forum/ksummit-2021-2022.mbox'))


class Trouble(Exception):
    """Something that ends the demo; its text says what to do."""


class OverSocket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class Demo:
    def __init__(self, arguments):
        self.programs = pathlib.Path(arguments.programs)
        self.content = pathlib.Path(arguments.content).resolve() if arguments.content else None
        self.keep = arguments.dir is not None
        self.folder = pathlib.Path(arguments.dir or tempfile.mkdtemp(prefix='comity-demo.')).resolve()
        self.ports = {name: (arguments.port + at, arguments.port + 10 + at) for at, name in enumerate(AGENCIES)}
        self.nodes = {}
        self.begun = False
        self.held = False      # an interruption waits
        self.interrupted = None
        self.made = {'steps': [], 'ids': {}}

    # -- what was made already, for a run on top of an earlier one

    def look_around(self):
        notes = self.folder / 'demo.json'
        if notes.exists():
            self.made = json.loads(notes.read_text())
            print(f'going on with the agencies in {self.folder}')
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise Trouble(f'{self.folder} is not empty and holds no demo. Name another folder with --dir.')
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.made['steps']:
            self.ports = {name: tuple(ports) for name, ports in self.made['ports'].items()}
        self.made['ports'] = self.ports
        for name, ports in self.ports.items():
            for port in ports:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    try:
                        probe.bind(('127.0.0.1', port))
                    except OSError as error:
                        raise Trouble(f'port {port}, which {name} wants, cannot be used ({error.strerror}). End what '
                                      'holds it, another demo perhaps, or choose others with --port.') from error

    def note(self, step=None):
        if step:
            self.made['steps'].append(step)
        fresh = self.folder / 'demo.json.new'
        fresh.write_text(json.dumps(self.made))
        fresh.replace(self.folder / 'demo.json')

    def once(self, step, work, *words):
        if step not in self.made['steps']:
            work(*words)
            self.note(step)

    def whole(self, step, work, *words):
        """Like once(), for what would be written twice if it were cut off between the writing and the note."""
        self.held = True
        try:
            self.once(step, work, *words)
        finally:
            self.held = False
        self.heed()

    def interrupt(self, number, _frame):
        self.interrupted = number
        if not self.held:
            self.heed()

    def heed(self):
        if self.interrupted:
            raise KeyboardInterrupt(self.interrupted)

    # -- the programs

    def run(self, name, *words):
        # In a session of its own, so that Ctrl-C reaches this program alone.
        return subprocess.run([str(self.programs / 'tools/comity/comity'), *map(str, words), '--data',
                               str(self.folder / name)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=LONG_PATIENCE, check=False, start_new_session=True)

    def at(self, name, *words):
        done = self.run(name, *words)
        if done.returncode != 0:
            raise Trouble(f'{name}$ comity {" ".join(map(str, words))}\n{done.stderr.strip()}')
        return done.stdout.strip()

    def ask(self, name, command, **arguments):
        connection = OverSocket(self.folder / name / 'control.sock')
        connection.request('POST', '/v1/' + command, json.dumps(arguments), {'Content-Type': 'application/json'})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def until(self, what, check, patience=PATIENCE):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.heed()   # nothing that a step waits for comes after what it writes
            for name, node in self.nodes.items():
                if node.poll() is not None:
                    raise Trouble(f'the node of {name} ended:\n{self.log(name)}')
            found = check()
            if found:
                return found
            time.sleep(0.1)
        raise Trouble(f'this never happened: {what}')

    def log(self, name):
        return '\n'.join((self.folder / f'{name}.log').read_text(errors='replace').splitlines()[-10:])

    def start(self, name):
        data, (port, _) = self.folder / name, self.ports[name]
        if not (data / 'comity.toml').exists():
            shutil.rmtree(data, ignore_errors=True)   # of a run that was ended in the middle of init
            address = f'127.0.0.1:{port}'
            self.at(name, 'init', '--name', AGENCIES[name], '--short-name', name, '--listen', address, '--advertise',
                    address, '--web', self.web(name), '--no-passphrase')
        with open(self.folder / f'{name}.log', 'ab') as log:
            # A session of its own: Ctrl-C reaches the demo, which then ends the nodes in order.
            self.nodes[name] = subprocess.Popen(
                [str(self.programs / 'node/comityd'), '--data', str(data)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        self.until(f'the node of {name} is ready', lambda: self.run(name, 'status').returncode == 0)

    def web(self, name):
        """Where the pages of an agency are: a host each, since browsers keep cookies by host, whatever the port, and
        somebody who looks at all three would be signed out by the next."""
        return f'127.0.0.{list(AGENCIES).index(name) + 1}:{self.ports[name][1]}'

    def stop(self, name):
        node = self.nodes.pop(name, None)
        if node is None:
            return
        node.terminate()
        try:
            node.wait(timeout=20)
        except subprocess.TimeoutExpired:
            node.kill()
            node.wait()

    def clean_up(self):
        for node in self.nodes.values():
            node.terminate()
        for name in list(self.nodes):
            self.stop(name)
        if self.keep and self.begun:
            print(f'the agencies are kept in {self.folder}; the same command goes on with them')
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- the story

    def peer(self, name, other):
        done = self.run(name, 'peer', 'show', other, '--json')
        return json.loads(done.stdout) if done.returncode == 0 else None

    def connect(self, one, other):
        """An invitation by any channel, and eight words each way by telephone."""
        for here, there in ((one, other), (other, one)):
            if self.peer(here, there):   # of a run that was ended here
                self.at(here, 'peer', 'abort', there, '--yes')
        file = self.folder / f'{one}-{other}.invite'
        file.unlink(missing_ok=True)
        self.at(one, 'peer', 'invite', '--name', other, '--out', file)
        self.at(other, 'peer', 'accept', file, '--name', one)
        file.unlink()
        self.until(f'{other} has called', lambda: self.peer(one, other)['claims'])
        words = {name: json.loads(self.at(name, 'status', '--json'))['words'] for name in (one, other)}
        self.at(one, 'peer', 'verify', other, '--words', words[other])
        self.at(other, 'peer', 'verify', one, '--words', words[one])
        for here, there in ((one, other), (other, one)):
            self.until(f'{here} and {there} are connected', lambda h=here, t=there: self.peer(h, t)['connected'])
        print(f'  {one} and {other} are peers: "{words[other]}" and "{words[one]}" were read on the telephone')

    def people(self):
        # One for everybody, another in each demo: the nodes listen on this machine alone, but not for one user alone.
        self.made.setdefault('password', f'demo {secrets.token_hex(4)} {secrets.token_hex(4)}')
        file = self.folder / 'password'
        file.touch(0o600)
        file.write_text(self.made['password'] + '\n')
        for name, handle, full, unit in PEOPLE:
            if handle not in self.at(name, 'user', 'list'):
                role = ('--role', 'admin') if handle in CIRCLE.values() else ()
                self.at(name, 'user', 'add', handle, '--name', full, '--unit', unit, '--password-file', file, *role)

    def open_space(self, steward, slug, title):
        if self.run(steward, 'space', 'show', slug).returncode != 0:
            others = ','.join(name for name in AGENCIES if name != steward)
            self.at(steward, 'space', 'create', slug, '--title', title, '--kind', 'shared', '--members', others)
        for name in AGENCIES:
            self.until(f'{name} has joined {slug}', lambda n=name: [
                row for row in self.ask(n, 'space/list')['spaces'] if (row['slug'], row['state']) == (slug, 'joined')])
        print(f'  {slug}: "{title}", opened by {steward}, joined by all three')

    def tell(self):
        ids = self.made['ids']
        for at, line in enumerate(STORY.read_text().splitlines()):
            self.whole(f'story {at}', self.act, json.loads(line))
        print(f'  {len(ids)} posts and answers are written')

    def act(self, what):
        ids = self.made['ids']
        if what['do'] == 'stop':
            self.stop(what['at'])
            print(f'  the node of {what["at"]} is stopped; the others go on')
        elif what['do'] == 'start':
            if what['at'] not in self.nodes:   # an earlier run was ended while it was away
                self.start(what['at'])
            print(f'  the node of {what["at"]} runs again')
        elif what['do'] == 'post':
            words = ['post', '--as', what['as'], '--space', what['space'], '--title', what['title'], '--text',
                     what['text']]
            for tag in what.get('tags', ()):
                words += ['--tag', tag]
            if 'label' in what:
                words += ['--label', what['label']]
            ids[what['key']] = self.at(what['at'], *words)
        elif what['do'] == 'reply':
            # Nobody answers what has not arrived.
            self.until(f'"{what["to"]}" is at {what["at"]}',
                       lambda: self.run(what['at'], 'show', ids[what['to']], '--as', what['as']).returncode == 0)
            ids[what['key']] = self.at(what['at'], 'reply', ids[what['to']], '--as', what['as'], '--text', what['text'])
        elif what['do'] == 'message':
            for person in what['to']:
                handle, agency = person.split('@')
                self.until(f'{what["at"]} knows {person}', lambda h=handle, a=agency: f'{h}@{a}' in self.at(
                    what['at'], 'people', 'search', h, '--agency', a))
            ids[what['key']] = self.at(what['at'], 'message', '--as', what['as'], '--to', ','.join(what['to']),
                                       '--text', what['text'])
        else:
            self.at(what['at'], 'withdraw', ids[what['entry']], '--as', what['as'], '--reason', what['reason'])

    def bring(self, name, person, kind, space, title, place):
        """Broken pieces are told one by one and stop nothing."""
        self.open_space(name, space, title)
        print(f'  {name}$ comity import {kind} {self.content / place} --space {space} --as {person}', flush=True)
        done = self.run(name, 'import', kind, self.content / place, '--space', space, '--as', person)
        lines = done.stdout.strip().splitlines()
        if not lines or not any('imported' in line for line in lines):
            raise Trouble(done.stderr.strip() or f'nothing came out of {self.content / place}')
        for line in lines[-6:]:
            print('    ' + line)

    # -- what they hold

    def pages(self, name, command, **arguments):
        rows, after = [], None
        while True:
            page = self.ask(name, command, **arguments, **({'after': after} if after else {}))
            if 'entries' not in page:
                raise Trouble(f'{name}: {page.get("code")} {page.get("title")}')
            rows += page['entries']
            after = page['next']
            if not after:
                return rows

    def heads(self, name, space, reader):
        return {row['agency']: row['have'] for row in self.ask(name, 'space/show', space=space, **reader)['members']}

    def structure(self, name, space, reader):
        """Each entry by its id: thread, parent, depth, author's agency, whether it was withdrawn."""
        found = {}
        for first in self.pages(name, 'list', space=space, **reader):
            for row in self.pages(name, 'thread', id=first['id'], **reader):
                found[row['id']] = (row['thread'], row['parent'], row['depth'], row['agency_id'], row['withdrawn'])
        return found

    def compare(self, space):
        """Waits until all three hold what each has written, and returns heads and entries."""
        # A circle is there for its people only.
        readers = {name: {'as': CIRCLE[name]} if space.startswith('circle/') else {} for name in AGENCIES}

        def whole():
            heads = {name: self.heads(name, space, readers[name]) for name in AGENCIES}
            same = all(heads[name][author] == heads[author][author] for name in AGENCIES for author in AGENCIES)
            return heads if same else None
        heads = self.until(f'{space} is the same at all three', whole, LONG_PATIENCE)
        shown = {}

        def same_structure():
            # Lists follow the store by a moment.
            shown.update((name, self.structure(name, space, readers[name])) for name in AGENCIES)
            return shown['health'] == shown['finance'] == shown['justice']
        self.until(f'the threads of {space} are the same at all three', same_structure)
        return heads, shown

    def table(self, spaces):
        print()
        print(f'{"space":<25}{"agency":<10}{"threads":>9}{"entries":>9}   heads, by author (equal at all three)')
        for space in spaces:
            heads, shown = self.compare(space)
            for name in AGENCIES:
                entries = shown[name]
                threads = sum(1 for entry, row in entries.items() if row[0] == entry)
                by_author = '  '.join(f'{author} {heads[name][author]}' for author in AGENCIES)
                print(f'{space if name == "health" else "":<25}{name:<10}{threads:>9}{len(entries):>9}   {by_author}')
        print()

        def lags():
            rows = [(name, row) for name in AGENCIES for row in self.ask(name, 'peer/list')['peers']]
            quiet = all(row['lag_entries'] == 0 and row['outbox_entries'] == 0 and row['connected'] for _, row in rows)
            return rows if quiet else None
        for name, row in self.until('nothing is on its way', lags):
            print(f'{name:<10}{row["name"]:<10}{row["state"]:<10}lag {row["lag_entries"]}  outbox {row["outbox_entries"]}')
        print('\nSame ids, same parents, same heads at all three; lag 0.')

    def play(self):
        self.look_around()
        self.begun = True
        self.note()
        for name in AGENCIES:
            self.start(name)
        print('three nodes run')
        for one, other in (('health', 'finance'), ('health', 'justice'), ('finance', 'justice')):
            self.once(f'connect {one} {other}', self.connect, one, other)
        self.once('people', self.people)
        for space in SPACES:
            self.once(f'space {space[1]}', self.open_space, *space)
        self.tell()
        spaces = [space[1] for space in SPACES]
        for words in IMPORTS:
            if self.content and (self.content / words[5]).exists():
                self.once(f'import {words[3]}', self.bring, *words)
            if f'import {words[3]}' in self.made['steps']:
                spaces.append(words[3])
        question = self.made['ids']['travel']
        print(f'\njustice$ comity thread {question}\n')
        print('  ' + self.at('justice', 'thread', question).replace('\n', '\n  '))
        self.table([*spaces, self.circle()])

    def circle(self):
        """The circle of those who wrote to each other, and what somebody else of the same agency sees of it."""
        first = self.made['ids']['board']
        print(f'\njustice$ comity thread {first} --as ada\n')
        print('  ' + self.at('justice', 'thread', first, '--as', 'ada').replace('\n', '\n  '))
        other = self.run('justice', 'thread', first, '--as', 'tom')
        if other.returncode == 0:
            raise Trouble('tom reads what was written to ada')
        print(f'\njustice$ comity thread {first} --as tom\n\n  {other.stderr.strip()}')
        return json.loads(self.at('justice', 'show', first, '--as', 'ada', '--json'))['space']

    def addresses(self):
        print()
        for name, (port, _) in self.ports.items():
            print(f'{name:<9} 127.0.0.1:{port}   comity status --data {self.folder / name}')
        comity = self.programs / 'tools/comity/comity'
        if 'password' in self.made:
            print()
            for name in self.ports:
                handles = ' or '.join(handle for agency, handle, _, _ in PEOPLE if agency == name)
                print(f'{name:<9} http://{self.web(name)}/   sign in as {handles}, password: {self.made["password"]}')
        print(f'\nTry:  {comity} list hr-forum --data {self.folder / "health"}')
        print(f'      {comity} post --as jo --space hr-forum --title "A word" --text "…" --data {self.folder / "finance"}')
        print(f'      {comity} events --data {self.folder / "justice"}')


def main():
    parser = argparse.ArgumentParser(prog='tools/demo', description='Three agencies on loopback that work together.',
                                     epilog='example: tools/demo --dir ~/comity-demo')
    parser.add_argument('--dir', help='where the agencies live, and stay (default: a new folder, removed at the end)')
    parser.add_argument('--content', metavar='DIR', help='content of your own: blog/18f/posts below it (Markdown) goes '
                        'into a space of health, forum/ksummit-2021-2022.mbox (mail) into one of finance')
    parser.add_argument('--port', type=int, default=7443, help='the first of three ports; the pages get those ten '
                        'above (default: %(default)s)')
    parser.add_argument('--once', action='store_true', help='stop after the table instead of waiting for Ctrl-C')
    parser.add_argument('--programs', default='build', help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.content and not os.path.isdir(arguments.content):
        parser.error(f'--content {arguments.content}: there is no such folder')
    if not 1 <= arguments.port <= 65500:
        parser.error(f'--port {arguments.port}: between 1 and 65500')
    sys.stdout.reconfigure(line_buffering=True)
    demo = Demo(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, demo.interrupt)
    code = 0
    try:
        demo.play()
        demo.addresses()
        if not arguments.once:
            print('\nThree agencies are running. Press Ctrl-C to stop them.')
            while True:
                signal.pause()
    except KeyboardInterrupt:
        print('\nstopping the nodes')
    except Trouble as trouble:
        print(f'tools/demo: {trouble}', file=sys.stderr)
        code = 1
    finally:
        # From here on nothing cuts the cleaning short; it ends by itself within 20 seconds a node.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.clean_up()
    return code


if __name__ == '__main__':
    sys.exit(main())
