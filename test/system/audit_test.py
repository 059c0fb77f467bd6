# SPDX-License-Identifier: EUPL-1.2
"""What the node decides is on record: one event for each, also when it failed, and across restarts."""
import json
import shutil
import signal
import sys

import harness
from harness import NodeTest, comity


class Audit(NodeTest):
    def setUp(self):
        super().setUp()
        self.init()

    def events(self, *more):
        done = comity('audit', 'list', '--data', self.data, '--json', *more)
        self.assertEqual(done.code, 0, done)
        return [json.loads(line) for line in done.out.splitlines()]

    @staticmethod
    def details(event, key):
        return [detail['value'] for detail in event['detail'] if detail['key'] == key]

    def set(self, name, value):
        settings = self.data / 'comity.toml'
        section, key = name.split('.')
        lines = settings.read_text().splitlines()
        kept = [line for line in lines if not line.startswith(f'{key} =')]
        kept.insert(kept.index(f'[{section}]') + 1, f'{key} = {value}')
        settings.write_text('\n'.join(kept) + '\n')

    def test_every_start_and_every_stop_is_one_event(self):
        for _ in range(3):
            self.start().stop()
        daemon = self.start()
        events = self.events()
        self.assertEqual([event['event'] for event in events],
                         ['node.start'] + ['node.stop', 'node.start'] * 3)
        self.assertEqual([self.details(event, 'start') for event in events if event['event'] == 'node.start'],
                         [['4'], ['3'], ['2'], ['1']])
        self.assertEqual([event['seq'] for event in events], list(range(8, 1, -1)))  # the first is FEED_OPEN
        self.assertEqual(len({event['id'] for event in events}), 7)
        self.assertEqual(comity('status', '--data', self.data, '--json').document['entries'], 8)
        daemon.stop()

    def test_a_start_after_a_kill_says_that_it_was_not_clean(self):
        daemon = self.start()
        daemon.signal(signal.SIGKILL)
        daemon.finish()
        daemon = self.start()
        newest = self.events('--limit', '1')[0]
        self.assertEqual((newest['event'], self.details(newest, 'clean')), ('node.start', ['no']))
        daemon.stop()

    def test_settings_that_changed_between_two_runs_are_named(self):
        self.start().stop()
        self.set('log.level', '"debug"')
        daemon = self.start()
        self.assertEqual(self.details(self.events()[0], 'changed'), ['log.level: "info" -> "debug"'])
        daemon.stop()

    def test_a_reload_is_one_event_with_what_changed_or_why_not(self):
        daemon = self.start()
        self.set('log.level', '"debug"')
        daemon.signal(signal.SIGHUP)
        daemon.wait_log('settings were read again')
        self.set('log.level', '"loud"')
        daemon.signal(signal.SIGHUP)
        daemon.wait_log('CMY-1648')
        failed, done = self.events()[:2]
        self.assertEqual((done['event'], done['ok'], self.details(done, 'changed')),
                         ('node.reload', True, ['log.level: "info" -> "debug"']))
        self.assertEqual((failed['event'], failed['ok'], failed['code']), ('node.reload', False, 'CMY-1648'))
        self.set('log.level', '"debug"')
        daemon.stop()
        # Recorded when it was read, so the next start has no news.
        daemon = self.start()
        self.assertEqual(self.details(self.events()[0], 'changed'), [])
        daemon.stop()

    def test_pages_join_to_the_whole(self):
        for _ in range(3):
            self.start().stop()
        daemon = self.start()
        whole = comity('audit', 'list', '--data', self.data).out.splitlines()
        joined, after = [], []
        while True:
            done = comity('audit', 'list', '--data', self.data, '--limit', '2', *after)
            self.assertEqual(done.code, 0, done)
            joined += done.out.splitlines()
            if '--after' not in done.err:
                break
            after = ['--after', done.err.rstrip().rsplit(' ', 1)[1]]
        self.assertEqual(joined, whole)
        self.assertEqual(len(whole), 7)
        daemon.stop()

    def test_wrong_pages_are_refused(self):
        daemon = self.start()
        self.assert_error(comity('audit', 'list', '--data', self.data, '--limit', '0'), 1720, exit_code=2)
        self.assert_error(comity('audit', 'list', '--data', self.data, '--limit', '101'), 1714)
        for place in ('xyz', '00', 'ff' * 80):
            self.assert_error(comity('audit', 'list', '--data', self.data, '--after', place), 1714)
        daemon.stop()

    def test_a_restored_copy_goes_on_in_a_new_feed(self):
        self.start().stop()
        shutil.copytree(self.data / 'store', self.folder / 'older')
        for _ in range(2):
            self.start().stop()
        shutil.rmtree(self.data / 'store')
        shutil.move(self.folder / 'older', self.data / 'store')
        daemon = self.start()
        daemon.wait_log('CMY-1649')
        newest, *older = self.events()
        self.assertEqual((newest['event'], self.details(newest, 'restored'), newest['seq']),
                         ('node.start', ['yes'], 2))
        self.assertEqual([event['event'] for event in older], ['node.stop', 'node.start'])
        daemon.stop()


if __name__ == '__main__':
    sys.exit(harness.main())
