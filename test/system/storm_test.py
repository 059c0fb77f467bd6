# SPDX-License-Identifier: EUPL-1.2
"""Real nodes with bad lines between them: what is lost, doubled, bent or played back changes nothing in the end."""
import json
import random
import shutil
import signal
import socket
import sys
import threading
import time

import fault_proxy
import harness
from agencies import Agencies
from harness import comity
from second import ids

PEOPLE = {'health': 'maria', 'finance': 'jo', 'justice': 'ada'}
MOST_ROUNDS = 60
SILENCE = 8   # seconds within which a node has given up a handshake that goes nowhere


class BadLines(Agencies):
    def three(self):
        for name, person in PEOPLE.items():
            self.agency(name, proxied=True)
            self.at(name, 'user', 'add', person, '--name', person)
        for one, other in (('health', 'finance'), ('health', 'justice'), ('finance', 'justice')):
            self.connect(one, other)
        self.space('health', 'forum', 'finance', 'justice')

    def two(self):
        for name in ('health', 'finance'):
            self.agency(name, proxied=True)
            self.at(name, 'user', 'add', PEOPLE[name], '--name', PEOPLE[name])
        self.connect('health', 'finance')
        self.space('health', 'forum', 'finance')

    def batch(self, name, posts):
        lines = ''.join(json.dumps({'as': PEOPLE[name], 'space': 'forum', **post}) + '\n' for post in posts)
        done = comity('post', '--batch', '-', '--data', self.folder / name, text_in=lines)
        self.assertEqual(done.code, 0, done)
        return done.out.split()

    def meet_again(self, *names):
        """Nobody waits for the end of a back-off that the bad lines have earned."""
        for here in names:
            for there in names:
                if here != there:
                    self.at(here, 'peer', 'retry', there)

    def stored(self, name):
        """What the stopped node holds of everything: ref of the id → feed and place."""
        found = {}
        for line in self.everything(name).splitlines():
            table, key, *value = line.split()
            if table == 'entries':
                found[key[2:]] = (value[0][:64], int(value[0][64:], 16))
        return found

    def whole_stores(self, *names):
        for name in names:
            self.stop(name)
            done = comity('db', 'verify', '--data', self.folder / name)
            self.assertEqual(done.code, 0, done)


class Storm(BadLines):
    def test_all_of_it_arrives_once_at_all_three_when_the_lines_are_good_again(self):
        self.three()
        seeded = random.Random(4)
        written, fates = {}, set()
        for proxy in self.proxies.values():
            proxy.weather = fault_proxy.STORM
            proxy.cut_all(reset=True)
        for turn in range(MOST_ROUNDS):
            for name, person in PEOPLE.items():
                posts = [{'title': f'{name} {turn}.{n}', 'text': 'x' * seeded.randrange(1, 6000)} for n in range(4)]
                for entry, post in zip(self.batch(name, posts), posts):
                    written[entry] = post['text']
                answered = seeded.choice(self.rows(name, 'list', 'forum'))['id']
                text = f'{name} answers in turn {turn}'
                written[self.at(name, 'reply', answered, '--as', person, '--text', text).out.strip()] = text
            struck = self.proxies[seeded.choice(list(PEOPLE))]
            if turn % 4 == 1:
                struck.partition()
            else:
                struck.cut_all(reset=turn % 2 == 0)
            time.sleep(0.3)
            struck.open = True
            self.meet_again(*PEOPLE)
            fates = {name for proxy in self.proxies.values() for name in proxy.happened}
            if fates == set(fault_proxy.STORM) and turn >= 8:
                break
        self.assertEqual(fates, set(fault_proxy.STORM), 'a kind of fault never took place')
        for proxy in self.proxies.values():
            proxy.heal()
        self.meet_again(*PEOPLE)
        shown = self.until_equal('forum', list(PEOPLE))
        self.assertEqual({entry: row[-1] for entry, row in shown.items()}, written)
        self.whole_stores(*PEOPLE)
        stores = [self.stored(name) for name in PEOPLE]
        feeds = {stores[0][ids.ref(bytes.fromhex(self.raw(entry))).hex()][0] for entry in written}
        self.assertEqual(len(feeds), 3)
        # Equal heads: every feed of the space has the same entry in every place, others than posts included.
        held = [{place: entry for entry, place in store.items() if place[0] in feeds} for store in stores]
        self.assertTrue(held[0] == held[1] == held[2])


class Flips(BadLines):
    def test_a_flipped_bit_ends_the_session_and_nothing_wrong_is_stored(self):
        self.two()
        dialled = self.until('somebody has dialled', lambda: [
            proxy for proxy in self.proxies.values() if proxy.lines])[0]
        written = []
        for turn in range(8):
            direction = (fault_proxy.UP, fault_proxy.DOWN)[turn % 2]
            line = dialled.flip_next(direction)
            # Both sides write, so that something passes in either direction.
            for name in ('health', 'finance'):
                written.append(self.post(name, PEOPLE[name], 'forum', f'{name} {turn}'))
            self.assertTrue(line.flipped.wait(harness.PATIENCE), 'nothing passed')
            self.assertTrue(line.ended.wait(harness.PATIENCE), 'the session went on')
            self.meet_again('health', 'finance')
            dialled = self.until('they meet again', lambda: [
                proxy for proxy in self.proxies.values() if [live for live in proxy.lines if live is not line]])[0]
        shown = self.until_equal('forum', ['health', 'finance'])
        self.assertEqual(sorted(shown), sorted(written))
        for name in ('health', 'finance'):
            self.assertEqual([row for row in self.rows(name, 'audit', 'list') if 'fork' in row['event']], [])
        self.whole_stores('health', 'finance')


class Replays(BadLines):
    def observed(self, name):
        """All that an operator could see change."""
        peers = [{key: row[key] for key in ('name', 'agency_id', 'state')} for row in self.rows(name, 'peer', 'list')]
        audit = [row for row in self.rows(name, 'audit', 'list')]
        status = self.at(name, 'status', '--json').document
        return peers, audit, status['entries'], self.structure(name, 'forum'), self.have(name, 'forum')

    def play(self, name, captures):
        """Sends each captured stream to the node at once; what it answered to each."""
        answers = [b''] * len(captures)

        def one(at, capture):
            with socket.create_connection(('127.0.0.1', self.ports[name]), timeout=SILENCE) as line:
                try:
                    line.sendall(capture)
                    while data := line.recv(65536):
                        answers[at] += data
                except (ConnectionError, socket.timeout):
                    pass
        players = [threading.Thread(target=one, args=words) for words in enumerate(captures)]
        for player in players:
            player.start()
        for player in players:
            player.join()
        return answers

    def no_effect(self, name, captures, most):
        before = self.observed(name)
        # No more at a time than an address may have half open.
        answers = [answer for at in range(0, len(captures), 6) for answer in self.play(name, captures[at:at + 6])]
        self.assertLessEqual(max(map(len, answers)), most)
        self.assertEqual(self.observed(name), before)

    def test_row_12_a_captured_stream_played_back_has_no_effect(self):
        """Played back to the node that heard it, after a restart, after a restore, and to another node."""
        self.two()
        older = self.folder / 'older'
        for name in self.proxies:
            self.stop(name)
            shutil.copytree(self.folder / name / 'store', older / name)
            self.again(name)
        self.meet_again('health', 'finance')
        self.agency('justice')
        self.at('justice', 'user', 'add', 'ada', '--name', 'ada')
        self.at('justice', 'space', 'create', 'forum', '--title', 'forum', '--kind', 'inside')
        for turn in range(3):
            for name in ('health', 'finance'):
                self.post(name, PEOPLE[name], 'forum', f'{name} {turn}')
        self.until_equal('forum', ['health', 'finance'])
        # A second session as well as that of the pairing.
        for proxy in self.proxies.values():
            proxy.cut_all()
        self.meet_again('health', 'finance')
        self.post('health', 'maria', 'forum', 'after')
        self.until_equal('forum', ['health', 'finance'])
        captures = {name: [capture for capture in proxy.captures() if len(capture) > 300]
                    for name, proxy in self.proxies.items()}
        self.assertGreaterEqual(sum(map(len, captures.values())), 2)
        for name, streams in captures.items():
            if not streams:
                continue
            # A genuine first message earns the second, 64 bytes, and nothing that was said behind it counts.
            self.no_effect(name, streams, 64)
            self.stop(name)
            self.again(name)
            self.meet_again('health', 'finance')
            self.until('they are connected', lambda: self.peer('health', 'finance')['connected'])
            self.no_effect(name, streams, 64)
            self.stop(name)
            shutil.rmtree(self.folder / name / 'store')
            shutil.copytree(older / name, self.folder / name / 'store')
            self.again(name)
            self.meet_again('health', 'finance')
            self.until('they are connected', lambda: self.peer('health', 'finance')['connected'])
            self.until_equal('forum', ['health', 'finance'])
            self.no_effect(name, streams, 64)
            # Whoever does not have the key that was called stays silent.
            self.no_effect('justice', streams, 0)
        self.post('finance', 'jo', 'forum', 'life goes on')
        self.until_equal('forum', ['health', 'finance'])


class Kills(BadLines):
    def test_a_sender_killed_in_mid_stream_has_sent_what_it_acknowledged_and_nothing_twice(self):
        self.two()
        posts = ''.join(json.dumps({'as': 'maria', 'space': 'forum', 'title': f'post {n}', 'text': 'x' * 500}) + '\n'
                        for n in range(3000))
        batch = self.folder / 'batch.jsonl'
        batch.write_text(posts)
        acknowledged = []
        for _ in range(3):
            writing = harness.subprocess.Popen([harness.COMITY, 'post', '--batch', str(batch), '--data',
                                                str(self.folder / 'health')], stdout=harness.subprocess.PIPE,
                                               stderr=harness.subprocess.DEVNULL, text=True, env=harness.environment())
            acknowledged += [writing.stdout.readline().strip() for _ in range(300)]
            self.stop('health', signal.SIGKILL)
            acknowledged += writing.stdout.read().split()
            self.assertNotEqual(writing.wait(timeout=harness.PATIENCE), 0)
            writing.stdout.close()
            self.again('health')
        self.assertEqual(len(set(acknowledged)), len(acknowledged))
        last = self.post('health', 'maria', 'forum', 'after all that')
        self.until('the last one is there', lambda: comity('show', last, '--data', self.folder / 'finance').code == 0)
        self.until('all of it is there', lambda: self.have('finance', 'forum') == self.have('health', 'forum'))
        here, there = self.all_ids('health', 'forum'), self.all_ids('finance', 'forum')
        self.assertEqual(len(set(there)), len(there), 'something is there twice')
        self.assertTrue(set(here) == set(there))
        self.assertEqual(len(set(acknowledged) - set(there)), 0, 'what was acknowledged is not there')
        self.whole_stores('health', 'finance')


if __name__ == '__main__':
    sys.exit(harness.main())
