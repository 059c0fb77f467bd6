# SPDX-License-Identifier: EUPL-1.2
"""A full disk: what cannot be written is not done, reading goes on, and the node comes back by itself."""
import json
import signal
import subprocess
import sys

import harness
from harness import NodeTest, comity

SIZE = 64   # MiB of the disk that the test fills


class FullDisk(NodeTest):
    def setUp(self):
        super().setUp()
        disk = self.folder / 'disk'
        disk.mkdir()
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={SIZE}m', 'tmpfs', str(disk)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest('this user may not mount a small disk')
        self.addCleanup(subprocess.run, ['umount', '-l', str(disk)], check=False)
        self.data = disk / 'health'
        self.filler = disk / 'filler'
        self.ballast = self.data / 'store' / 'BALLAST'
        self.init()
        settings = self.data / 'comity.toml'
        # With little memory the log reserves little of the disk ahead of what it holds.
        settings.write_text(settings.read_text().replace('ballast = "0B"', 'ballast = "8MiB"\nmemory_limit = "16MiB"'))

    def fill(self):
        with self.filler.open('ab', buffering=0) as out:
            try:
                while True:
                    out.write(bytes(4096))
            except OSError:
                pass

    def status(self):
        done = comity('status', '--data', self.data, '--json')
        self.assertEqual(done.code, 0, done)
        return done.document

    def events(self):
        """All of them, newest first."""
        events, after = [], []
        while True:
            done = comity('audit', 'list', '--data', self.data, '--json', *after)
            self.assertEqual(done.code, 0, done)
            events += [json.loads(line) for line in done.out.splitlines()]
            if '--after' not in done.err:
                return events
            after = ['--after', done.err.rstrip().rsplit(' ', 1)[1]]

    def become_read_only(self, daemon):
        """Writes (audit events) until the disk takes no more."""
        self.fill()
        for _ in range(2000):   # the room that the log has reserved already is used up first
            daemon.signal(signal.SIGHUP)
            if not self.status()['ready']:
                daemon.wait_log('takes no writes')
                return
        self.fail('the node wrote on although the disk is full')

    def test_read_only_and_back_by_itself(self):
        daemon = self.start()
        self.become_read_only(daemon)
        status = self.status()
        self.assertEqual(status['read_only']['code'], 'CMY-1302')
        shown = comity('status', '--data', self.data).out
        self.assertIn('read-only: CMY-1302', shown)
        before = self.events()   # reading goes on
        self.assertEqual(before[-1]['event'], 'node.start')
        self.filler.unlink()
        daemon.wait_log('the store takes writes again')
        daemon.wait_log('settings were read again')
        self.assertEqual(self.status()['ready'], True)
        daemon.signal(signal.SIGHUP)
        daemon.stop()

        # What had to wait was written then, once; what was acknowledged before is still there.
        daemon = self.start()
        events = self.events()
        self.assertIn('store.writable', [event['event'] for event in events])
        kept = {event['id'] for event in events}
        self.assertLessEqual({event['id'] for event in before}, kept)
        self.assertEqual(len(kept), len(events))
        daemon.stop()
        done = comity('db', 'verify', '--data', self.data)
        self.assertEqual(done.code, 0, done)

    def test_a_start_on_a_full_disk_serves_reading_and_comes_back(self):
        self.start().stop()
        self.fill()
        self.assertTrue(self.ballast.exists())
        daemon = self.start()
        self.assertFalse(self.ballast.exists())
        daemon.wait_log('takes no writes')
        self.assertFalse(self.status()['ready'])
        self.assertEqual([event['event'] for event in self.events()][-1], 'node.start')
        self.filler.unlink()
        daemon.wait_log('the store takes writes again')
        self.assertTrue(self.status()['ready'])
        daemon.stop()
        daemon = self.start()
        starts = [event for event in self.events() if event['event'] == 'node.start']
        self.assertEqual(len(starts), 3)   # the one on the full disk was written down later
        daemon.stop()

    def test_without_a_ballast_a_start_on_a_full_disk_is_refused_with_the_reason(self):
        settings = self.data / 'comity.toml'
        settings.write_text(settings.read_text().replace('ballast = "8MiB"', 'ballast = "0B"'))
        self.start().stop()
        self.fill()
        self.refused(1302, self.data / 'store')
        self.filler.unlink()
        self.start().stop()

    def test_an_end_on_a_full_disk_loses_nothing_that_was_acknowledged(self):
        daemon = self.start()
        before = {event['id'] for event in self.events()}
        self.become_read_only(daemon)
        daemon.signal(signal.SIGTERM)
        daemon.finish()
        self.filler.unlink()
        daemon = self.start()
        self.assertLessEqual(before, {event['id'] for event in self.events()})
        self.assertTrue(self.status()['ready'])
        daemon.stop()


if __name__ == '__main__':
    sys.exit(harness.main())
