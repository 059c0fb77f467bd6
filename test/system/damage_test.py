# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong with a data directory, and what the node says: file or setting, and remedy."""
import os
import shutil
import sys
import time

import harness
from harness import NodeTest, comity


class StartErrors(NodeTest):
    def test_no_directory_and_an_empty_one(self):
        self.refused(1630, self.data, 'comity init')
        self.data.mkdir()
        self.refused(1630, self.data)

    def test_a_copy_that_was_interrupted(self):
        self.init()
        for part in ('instance', 'comity.toml', 'keydoc.chain', 'boots', 'keys', 'store'):
            with self.subTest(part=part):
                aside = self.folder / 'aside'
                shutil.move(self.data / part, aside)
                self.refused(1633, self.data / part)
                shutil.move(aside, self.data / part)
        self.start().stop()

    def test_a_store_that_was_half_copied(self):
        self.init()
        self.start().stop()
        for file in (self.data / 'store').glob('MANIFEST-*'):
            file.unlink()
        self.refused('13\\d\\d', self.data / 'store')

    def test_a_missing_key_file(self):
        self.init()
        (self.data / 'keys/node.key').unlink()
        self.refused(1638, self.data / 'keys/node.key')

    def test_a_damaged_key_file(self):
        self.init()
        file = self.data / 'keys/node.key'
        whole = bytearray(file.read_bytes())
        whole[60] ^= 1
        file.write_bytes(whole)
        self.refused(1639, file)

    def test_a_key_file_that_others_can_read(self):
        self.init()
        (self.data / 'keys/node.key').chmod(0o640)
        self.refused(1635, self.data / 'keys/node.key', '0640')

    def test_a_file_that_the_user_cannot_read(self):
        self.init()
        file = self.data / 'keys/node.key'
        user = None
        if os.getuid() == 0:
            user = harness.NOBODY
            for path in [self.folder, self.data, *self.data.rglob('*')]:
                os.chown(path, user, -1)
            os.chown(file, 0, -1)
        else:
            file.chmod(0)
        done = harness.run(harness.COMITYD, '--data', self.data, user=user)
        self.assert_error(done, 1634, file, 'Permission denied')

    def test_keys_of_another_agency(self):
        self.init()
        other = self.folder / 'other'
        self.init(data=other)
        for part in ('keys/node.key', 'keydoc.chain', 'instance'):
            with self.subTest(part=part):
                mixed = self.folder / 'mixed'
                shutil.copytree(self.data, mixed)
                shutil.copy2(other / part, mixed / part)
                done = harness.run(harness.COMITYD, '--data', mixed)
                self.assert_error(done, 1636, mixed)
                shutil.rmtree(mixed)

    def test_the_store_of_another_installation(self):
        self.init()
        other = self.folder / 'other'
        self.init(data=other)
        shutil.rmtree(self.data / 'store')
        shutil.copytree(other / 'store', self.data / 'store')
        self.refused(1636, self.data / 'store')

    def test_settings_with_errors_are_all_shown(self):
        self.init()
        settings = self.data / 'comity.toml'
        settings.write_text(settings.read_text().replace('"127.0.0.1:7443"', '"nowhere"') + '\n[nod]\n')
        done = self.refused(1603, f'{settings}:')
        self.assertIn('CMY-1601', done.err)

    def test_a_newer_directory(self):
        self.init()
        marker = self.data / 'instance'
        marker.write_text(marker.read_text().replace('comity data directory 1', 'comity data directory 2'))
        self.refused(1642, marker, 'version 2')

    def test_a_damaged_marker(self):
        self.init()
        marker = self.data / 'instance'
        marker.write_text('hello\n')
        self.refused(1643, marker)

    def test_a_clock_far_off(self):
        self.init()
        boots = self.data / 'boots'
        text = boots.read_text()
        now = int(time.time() * 1000)
        day = 86_400_000
        for days, refused in [(2, True), (-400, True), (0.5, False), (-300, False)]:
            with self.subTest(days=days):
                boots.write_text('\n'.join(line if not line.startswith('seen ') else f'seen {now + int(days * day)}'
                                           for line in text.splitlines()) + '\n')
                if refused:
                    self.refused(1640, '--accept-clock')
                    self.start('--accept-clock').stop()
                self.start().stop()
                text = boots.read_text()

    def test_a_path_too_long_for_a_socket(self):
        self.data = self.folder / ('x' * 100)
        done = comity('init', '--data', self.data, '--name', 'A', '--short-name', 'aa', '--listen', '127.0.0.1:1',
                      '--no-passphrase')
        self.assert_error(done, 1647, self.data)

    def test_something_else_at_the_place_of_the_socket(self):
        self.init()
        (self.data / 'control.sock').write_text('not a socket')
        self.refused(1064, self.data / 'control.sock')
        self.assertEqual((self.data / 'control.sock').read_text(), 'not a socket')


class Restored(NodeTest):
    def test_an_older_store_beside_newer_files_is_noticed(self):
        self.init()
        self.start().stop()
        old = self.folder / 'old'
        shutil.copytree(self.data / 'store', old)
        for _ in range(2):
            self.start().stop()
        shutil.rmtree(self.data / 'store')
        shutil.copytree(old, self.data / 'store')
        daemon = self.start()
        status = comity('status', '--json', '--data', self.data).document
        self.assertEqual((status['restored'], status['boot_count']), (True, 4))
        self.assertIn('CMY-1649', daemon.stop())
        daemon = self.start()
        self.assertFalse(comity('status', '--json', '--data', self.data).document['restored'])
        daemon.stop()


class Verify(NodeTest):
    def test_a_sound_store(self):
        self.init()
        done = comity('db', 'verify', '--json', '--data', self.data)
        self.assertEqual((done.code, done.document['sound'], done.document['damages']), (0, True, 0))

    def test_a_flipped_byte_is_found_wherever_it_lies(self):
        self.init()
        self.start().stop()
        self.assertEqual(comity('db', 'verify', '--data', self.data).code, 0)
        # Looking at it opens the store, which may rewrite files: every case begins with the same ones.
        sound = self.folder / 'sound'
        shutil.copytree(self.data / 'store', sound)
        tables = sorted(sound.glob('*.sst'))
        self.assertTrue(tables)
        for file in tables:
            whole = file.read_bytes()
            for at in range(3, len(whole), max(1, len(whole) // 12)):
                with self.subTest(file=file.name, at=at):
                    broken = bytearray(whole)
                    broken[at] ^= 0x10
                    shutil.rmtree(self.data / 'store')
                    shutil.copytree(sound, self.data / 'store')
                    (self.data / 'store' / file.name).write_bytes(broken)
                    done = comity('db', 'verify', '--data', self.data)
                    self.assertEqual(done.code, 1, done)
                    self.assertRegex(done.err, r'error CMY-13\d\d')
        shutil.rmtree(self.data / 'store')
        shutil.copytree(sound, self.data / 'store')
        self.assertEqual(comity('db', 'verify', '--data', self.data).code, 0)


class Dump(NodeTest):
    def test_pages_join_to_the_whole(self):
        self.init()
        self.start().stop()
        whole = comity('db', 'dump', '--raw-ids', '--limit', 1000, '--data', self.data).out.splitlines()
        self.assertGreater(len(whole), 2)
        pages, after = [], []
        while True:
            page = comity('db', 'dump', '--raw-ids', '--limit', 2, *after, '--data', self.data).out.splitlines()
            pages += page
            if len(page) < 2:
                break
            after = ['--after', page[-1].split()[1]]
        self.assertEqual(pages, whole)

    def test_one_table_as_json(self):
        self.init()
        done = comity('db', 'dump', 'meta', '--json', '--data', self.data)
        rows = [harness.json.loads(line) for line in done.out.splitlines()]
        self.assertTrue(all(row['table'] == 'meta' for row in rows))
        self.assertEqual(sorted(rows[0]), ['key', 'row', 'table', 'value'])

    def test_the_schema_needs_no_directory(self):
        done = comity('db', 'schema', '--json', '--data', self.data)
        self.assertEqual(done.code, 0, done)
        names = [table['name'] for table in done.document['tables']]
        for name in ('meta', 'headers', 'bodies', 'node'):
            self.assertIn(name, names)


if __name__ == '__main__':
    sys.exit(harness.main())
