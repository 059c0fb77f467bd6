# SPDX-License-Identifier: EUPL-1.2
"""Pictures of every page, light, dark and 320 px wide, of two agencies that are made for it and taken away again."""
import argparse
import os
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser(prog='tools/screenshots', description=__doc__,
                                 epilog='example: tools/screenshots /tmp/pages thread wiki')
parser.add_argument('folder', type=pathlib.Path, help='where the pictures go; outside of the repository')
parser.add_argument('names', nargs='*', help='only these pages')
parser.add_argument('--build', default='build', help='the build directory (build)')
arguments = parser.parse_args()
os.environ.setdefault('COMITY_BUILD', os.path.realpath(arguments.build))

from community import Community  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


class Pictures(Community):
    def runTest(self):
        ids = self.grow()
        subprocess.run(['node', str(HERE / 'shoot.mjs'), self.description(ids), str(arguments.folder), *arguments.names],
                       check=True)


root = HERE.parents[1]
if root in [arguments.folder.resolve(), *arguments.folder.resolve().parents]:
    sys.exit(f'{arguments.folder} is inside the repository; name a folder outside of it')
result = Pictures().run()
for _, trouble in result.errors + result.failures:
    print(trouble, file=sys.stderr)
sys.exit(0 if result.wasSuccessful() else 1)
