# SPDX-License-Identifier: EUPL-1.2
"""Runs the tests that hold the house and closes with the line that test/run.py adds up."""
import pathlib
import sys
import unittest


def main():
    here = pathlib.Path(__file__).parent
    suite = unittest.defaultTestLoader.discover(str(here), pattern='*_test.py', top_level_dir=str(here))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    print(f'{passed} passed, {failed} failed, {len(result.skipped)} skipped')
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
