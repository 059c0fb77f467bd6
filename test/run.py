# SPDX-License-Identifier: EUPL-1.2
"""Runs the tests that the build registers and adds up their closing lines.

Each test program closes with `N passed, N failed, N skipped`. This runner shows a line per program as it ends,
the whole output of one that failed, every line about vectors and skipped tests, and closes with the sum.
A program that dies, or that ends without its closing line, counts as one failed test. As many programs run at a
time as there are processors, of the suite `system` one, since its nodes listen where an operator's would by default;
those that the build marks `is_parallel: false` run alone, after the others.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

CLOSING = re.compile(r'^(\d+) passed, (\d+) failed, (\d+) skipped$', re.MULTILINE)
WORTH_SHOWING = re.compile(r'^(vectors .*|skipped: .*|seed .*failed.*)$', re.MULTILINE)
TIMEOUT_SECONDS = 1800


def registered(build):
    listing = subprocess.run(['meson', 'introspect', '--tests', build], capture_output=True, text=True, check=True)
    return json.loads(listing.stdout)


def suites(test):
    return {name.split(':')[-1] for name in test['suite']}


def chosen(tests, only, wanted_suites):
    for test in tests:
        if only and only not in test['name']:
            continue
        if wanted_suites and not suites(test) & set(wanted_suites):
            continue
        yield test


def programs(tests, build):
    """What the tests start out of the build directory, as ninja names it."""
    root = os.path.realpath(build)
    for test in tests:
        path = os.path.realpath(test['cmd'][0])
        if path.startswith(root + os.sep):
            yield os.path.relpath(path, root)


def run(test):
    environment = dict(os.environ, **test['env'])
    environment.setdefault('ASAN_OPTIONS', 'detect_leaks=1:strict_string_checks=1')
    environment.setdefault('UBSAN_OPTIONS', 'halt_on_error=1:print_stacktrace=1')
    started = time.monotonic()
    try:
        done = subprocess.run(test['cmd'], cwd=test['workdir'], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as error:
        output, code = (error.stdout or b'') + b'\nran out of time\n', -1
    return output.decode('utf-8', 'replace'), code, time.monotonic() - started


def count(output, code):
    """(passed, failed, skipped) of one program, from its last closing line."""
    lines = CLOSING.findall(output)
    if not lines:
        return 0, 1, 0
    passed, failed, skipped = map(int, lines[-1])
    if code != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


def outcomes(tests, jobs):
    """Each test with its outcome, in the order in which they end."""
    beside = [test for test in tests if test['is_parallel']]
    pools = concurrent.futures.ThreadPoolExecutor
    with pools(1) as nodes, pools(max(1, jobs - 1)) as others:
        running = {(nodes if 'system' in suites(test) else others).submit(run, test): test for test in beside}
        for ended in concurrent.futures.as_completed(running):
            yield running[ended], ended.result()
    for test in tests:
        if not test['is_parallel']:
            yield test, run(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', required=True, help='build directory')
    parser.add_argument('--only', help='run tests whose name holds this word')
    parser.add_argument('--suite', action='append', help='run tests of this suite; may be given again')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(),
                        help='programs at a time (default: one for each processor)')
    parser.add_argument('--programs', action='store_true', help='only list what the build has to make for these tests')
    arguments = parser.parse_args()

    tests = list(chosen(registered(arguments.build), arguments.only, arguments.suite))
    if arguments.programs:
        print(*sorted(programs(tests, arguments.build)), sep='\n')
        return 0

    totals = [0, 0, 0]
    ran = 0
    for test, (output, code, seconds) in outcomes(tests, arguments.jobs):
        ran += 1
        result = count(output, code)
        totals = [a + b for a, b in zip(totals, result)]
        for line in WORTH_SHOWING.findall(output):
            print('  ' + line)
        if result[1]:
            print(output)
        print(f'{"FAILED" if result[1] else "ok":6} {test["name"]}: {result[0]} passed, {result[1]} failed, '
              f'{result[2]} skipped ({seconds:.1f} s)', flush=True)
    if ran == 0:
        print('no test has such a name', file=sys.stderr)
        return 2
    print('{} passed, {} failed, {} skipped'.format(*totals))
    return 1 if totals[1] else 0


if __name__ == '__main__':
    sys.exit(main())
