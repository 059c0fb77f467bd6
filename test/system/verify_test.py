# SPDX-License-Identifier: EUPL-1.2
"""A flipped byte anywhere in a store is found by `comity db verify`, which names table, key and entry."""
import os
import shutil
import sys

import harness
from harness import NodeTest, comity

TOOL = os.environ.get('COMITY_STORE_TOOL', str(harness.BUILD / 'test/system/store_tool'))
# Tables whose rows belong to an entry, so that it is named.
OF_ENTRIES = {'headers', 'bodies', 'body_keys', 'withheld', 'expiring', 'by_space', 'withdrawals', 'holds'}
# What a row of these lacks is told by nothing else: they may be empty in a sound store.
MAY_LACK = {'fork_proofs', 'projections', 'holds', 'scrubs', 'node', 'meta', 'changes', 'releases', 'withheld',
            'key_epochs', 'notices'}

# The last record of a log, which holds no row, in bytes.
EMPTY_SYNC = 25


def tables_of_one_node():
    """Those that a node without peers and spaces fills; test/system/federation_test.py looks at the others."""
    return [table['name'] for table in comity('db', 'schema', '--json').document['tables']
            if not 0x20 <= table['prefix'] < 0x70]


class StoreTest(NodeTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.start().stop()
        self.ids = harness.json.loads(self.tool('fill', self.data))

    def tool(self, *words):
        done = harness.run(TOOL, *words)
        self.assertEqual(done.code, 0, done)
        return done.out.strip()

    def verify(self):
        done = comity('db', 'verify', '--json', '--data', self.data)
        lines = [harness.json.loads(line) for line in done.out.splitlines()]
        return done, lines


class Rows(StoreTest):
    def test_a_sound_store_with_a_row_in_every_table(self):
        done, lines = self.verify()
        self.assertEqual(done.code, 0, done)
        self.assertEqual(len(lines), 1)
        found = lines[0]
        self.assertEqual((found['sound'], found['damages'], found['unbuilt']), (True, 0, []))
        self.assertEqual((found['feeds_signature_not_checked'], found['entries_signature_not_checked']), (1, 2))
        self.assertGreater(found['entries'], 15)
        done = comity('db', 'verify', '--data', self.data)
        self.assertIn('1 feeds, 2 entries: signature not checked: no key document of that agency here', done.out)
        self.assertFalse((self.data / 'verify.scratch').exists())

    def test_a_flipped_byte_in_a_row_of_every_table(self):
        tables = tables_of_one_node()
        self.assertGreater(len(tables), 15)
        sound = self.folder / 'sound'
        shutil.copytree(self.data, sound)
        for table in tables:
            with self.subTest(table=table):
                key = self.tool('flip', self.data, table)
                done, lines = self.verify()
                self.assertEqual(done.code, 1, done)
                self.assertRegex(done.err, r'(?m)^error CMY-\d+: ')
                # Some rows are needed to open the store at all: then the error names the table.
                if lines:
                    named = [line for line in lines if line.get('table') == table and line.get('key') == key]
                    self.assertEqual(len(named), 1, lines)
                    if table == 'entries':
                        # What a damaged row of the index led to is told by the header that it does not lead to.
                        named = [line for line in lines if line.get('table') == 'headers']
                    if table in OF_ENTRIES or table == 'entries':
                        self.assertRegex(named[0]['entry'], '^[0-9a-f]{64}$')
                    self.assertFalse(lines[-1]['sound'])
                else:
                    self.assertIn(table, done.err)
                shutil.rmtree(self.data)
                shutil.copytree(sound, self.data)

    def test_a_missing_row_is_found_from_what_it_derives_from(self):
        tables = tables_of_one_node()
        sound = self.folder / 'sound'
        shutil.copytree(self.data, sound)
        for table in set(tables) - MAY_LACK:
            with self.subTest(table=table):
                self.tool('erase', self.data, table)
                done, _ = self.verify()
                self.assertEqual(done.code, 1, done)
                shutil.rmtree(self.data)
                shutil.copytree(sound, self.data)

    def test_the_words_for_people_name_table_key_and_entry(self):
        self.tool('flip', self.data, 'bodies')
        done = comity('db', 'verify', '--data', self.data)
        self.assertRegex(done.out, r'(?m)^damaged: bodies feed=[0-9a-f]+… seq=\d+, entry [0-9a-f]{64}: CMY-1418')


class Files(StoreTest):
    def test_a_flipped_byte_in_any_file(self):
        # Rows still in the log, as after a power failure. Only what was acknowledged can be missed.
        self.tool('die', self.data)
        sound = self.folder / 'sound'
        shutil.copytree(self.data, sound)
        done, _ = self.verify()
        self.assertEqual(done.code, 0, done)
        kinds = set()
        for file in sorted((sound / 'store').iterdir()):
            if not file.name.startswith('MANIFEST-') and not file.name.endswith(('.sst', '.log')):
                continue
            # Behind its end a log of a node that was killed holds zeros, which mean nothing.
            size = len(file.read_bytes().rstrip(b'\0')) if file.suffix == '.log' else file.stat().st_size
            # What a sync writes when there is nothing to write carries nothing that could be missed.
            if file.suffix == '.log':
                size -= EMPTY_SYNC
            if size <= 0:
                continue
            kinds.add(file.name.split('-')[0] if '-' in file.name else file.suffix)
            for at in {size // 5, size // 2, size - 9}:
                with self.subTest(file=file.name, at=at):
                    shutil.rmtree(self.data)
                    shutil.copytree(sound, self.data)
                    whole = bytearray(file.read_bytes())
                    whole[at] ^= 0x20
                    (self.data / 'store' / file.name).write_bytes(whole)
                    done = comity('db', 'verify', '--data', self.data)
                    self.assertEqual(done.code, 1, done)
                    self.assertRegex(done.err, r'(?m)^error CMY-13\d\d: ')
        self.assertEqual(kinds, {'.sst', '.log', 'MANIFEST'})


class Dump(StoreTest):
    def test_ids_inside_sealed_bodies_are_found(self):
        hidden = self.ids['sealed']
        sealed = comity('db', 'dump', 'bodies', '--raw-ids', '--data', self.data)
        self.assertEqual(sealed.code, 0, sealed)
        rows = [line.split() for line in sealed.out.splitlines()]
        self.assertTrue(any(hidden in row[-1] for row in rows if 'opened' in row), rows)
        self.assertFalse(any(hidden in row[2] for row in rows))
        rows = [harness.json.loads(line)
                for line in comity('db', 'dump', 'bodies', '--json', '--data', self.data).out.splitlines()]
        self.assertTrue(any(hidden in row.get('opened', '') for row in rows))
        whole = comity('db', 'dump', '--raw-ids', '--limit', 100000, '--data', self.data)
        self.assertEqual(whole.code, 0, whole.err)
        for name in ('space', 'feed'):
            self.assertIn(self.ids[name], whole.out)
        tables = {line.split()[0] for line in whole.out.splitlines()}
        self.assertIn('node', tables)
        self.assertNotIn('changes', tables)

    def test_without_its_keys_bodies_stay_sealed(self):
        (self.data / 'keys/node.key').chmod(0o644)
        done = comity('db', 'dump', 'bodies', '--raw-ids', '--data', self.data)
        self.assertEqual(done.code, 0, done)
        self.assertIn('CMY-1635', done.err)
        self.assertNotIn('opened', done.out)


if __name__ == '__main__':
    sys.exit(harness.main())
