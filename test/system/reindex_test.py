# SPDX-License-Identifier: EUPL-1.2
"""What derives from entries can be built anew, by hand and by a node that starts with other projections."""
import os
import sys

import harness
from harness import NodeTest, comity

TOOL = os.environ.get('COMITY_STORE_TOOL', str(harness.BUILD / 'test/system/store_tool'))


class Reindex(NodeTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.tool('fill', self.data)

    def tool(self, *words):
        done = harness.run(TOOL, *words)
        self.assertEqual(done.code, 0, done)
        return done.out.strip()

    def test_the_result_equals_what_live_writing_made(self):
        live = self.tool('hash', self.data)
        done = comity('reindex', '--json', '--data', self.data)
        self.assertEqual(done.code, 0, done)
        self.assertGreater(done.document['entries'], 15)
        self.assertEqual(self.tool('hash', self.data), live)
        self.tool('erase', self.data, 'by_space')
        self.assertNotEqual(self.tool('hash', self.data), live)
        self.assertEqual(comity('reindex', '--data', self.data).code, 0)
        self.assertEqual(self.tool('hash', self.data), live)

    def test_a_node_builds_what_is_outdated_before_it_is_ready(self):
        self.tool('erase', self.data, 'withdrawals')
        self.tool('unbuild', self.data, 'withdrawals')
        done = comity('db', 'verify', '--json', '--data', self.data)
        self.assertEqual((done.code, done.document['unbuilt']), (0, ['withdrawals']), done)
        self.assertIn('projections were built anew', self.start().stop())
        done = comity('db', 'verify', '--json', '--data', self.data)
        self.assertEqual((done.code, done.document['unbuilt']), (0, []), done)
        live = self.tool('hash', self.data)
        self.assertEqual(comity('reindex', '--data', self.data).code, 0)
        self.assertEqual(self.tool('hash', self.data), live)
        self.assertNotIn('projections were built anew', self.start().stop())

    def test_it_refuses_while_the_node_runs(self):
        self.start()
        self.assert_error(comity('reindex', '--data', self.data), '\\d+')


if __name__ == '__main__':
    sys.exit(harness.main())
