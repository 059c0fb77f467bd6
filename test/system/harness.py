# SPDX-License-Identifier: EUPL-1.2
"""Real programs on real directories: what a system test needs, and the closing line that test/run.py adds up."""
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

BUILD = pathlib.Path(os.environ.get('COMITY_BUILD', pathlib.Path(__file__).resolve().parents[2] / 'build'))
COMITY = str(BUILD / 'tools/comity/comity')
COMITYD = str(BUILD / 'node/comityd')
PATIENCE = 60   # seconds until a program that hangs counts as failed; never a measure of speed
NOBODY = 65534


class Ran:
    """A command that has ended."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def document(self):
        return json.loads(self.out)

    def __repr__(self):
        return f'exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}'


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if key not in ('COMITY_DATA_DIR', 'NOTIFY_SOCKET')}
    return {**kept, **more}


def as_user(user):
    return {} if user is None else {'user': user, 'group': user, 'extra_groups': []}


def run(*words, user=None, env=None, text_in=None):
    return Ran(subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE,
                              **as_user(user), env=env or environment(), input=text_in,
                              stdin=None if text_in is not None else subprocess.DEVNULL, check=False,
                              # No terminal: a prompt must fail instead of waiting for the person who runs the tests.
                              start_new_session=True))


def comity(*words, **how):
    return run(COMITY, *words, **how)


class Daemon:
    """A comityd process of this test."""

    def __init__(self, directory, *words, env=None):
        self.process = subprocess.Popen([COMITYD, '--data', str(directory), *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                        env=env or environment())
        self.log = ''
        self.lines = queue.Queue()
        threading.Thread(target=self.read_log, daemon=True).start()

    def read_log(self):
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put(None)

    def wait_ready(self):
        line = self.process.stdout.readline()
        if not line.startswith('ready '):
            raise AssertionError(f'no ready line, but {line!r}; stderr: {self.finish()}')
        return line

    def wait_log(self, words):
        """Reads the log up to a line that holds `words`."""
        while words not in self.log:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty as silence:
                raise AssertionError(f'no {words!r} within {PATIENCE} s in:\n{self.log}') from silence
            if line is None:
                raise AssertionError(f'the node ended without {words!r}:\n{self.log}')
            self.log += line
        return self.log

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self):
        """Waits for the end; all of stderr."""
        self.process.wait(timeout=PATIENCE)
        while (line := self.lines.get(timeout=PATIENCE)) is not None:
            self.log += line
        self.lines.put(None)
        return self.log

    def stop(self):
        self.signal(signal.SIGTERM)
        log = self.finish()
        assert self.process.returncode == 0, f'exit {self.process.returncode}: {log}'
        return log


class NodeTest(unittest.TestCase):
    """A test with a directory of its own; every process that it starts ends with it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='comity-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / 'health'

    def init(self, *more, data=None):
        done = comity('init', '--data', data or self.data, '--name', 'Ministry of Health', '--short-name', 'health',
                      '--listen', '127.0.0.1:7443', *(more or ['--no-passphrase']))
        self.assertEqual(done.code, 0, done)
        # A ballast of the default size would only fill the disk of who runs the tests.
        settings = (data or self.data) / 'comity.toml'
        settings.write_text(settings.read_text().replace('#ballast = "256MiB"', 'ballast = "0B"')
                            .replace('# ballast = "256MiB"', 'ballast = "0B"'))
        return done

    def start(self, *words, env=None, data=None):
        daemon = Daemon(data or self.data, *words, env=env)
        self.addCleanup(self.end, daemon)
        daemon.wait_ready()
        return daemon

    @staticmethod
    def end(daemon):
        if daemon.process.poll() is None:
            daemon.process.kill()
        daemon.process.wait(timeout=PATIENCE)
        daemon.process.stdout.close()

    def refused(self, code, *parts, words=()):
        """comityd refuses to start with this code, and names each of `parts`."""
        done = run(COMITYD, '--data', self.data, *words)
        self.assert_error(done, code, *parts)
        return done

    def assert_error(self, done, code, *parts, exit_code=1):
        self.assertEqual(done.code, exit_code, done)
        self.assertEqual(done.out, '', done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\. .+\.$')
        for part in parts:
            self.assertIn(str(part), done.err)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    # A test counts once, however many of its parts fail.
    failed = len({getattr(test, 'test_case', test) for test, _ in result.failures + result.errors})
    for test, why in result.skipped:
        print(f'skipped: {test}: {why}')
    print(f'{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped')
    return 1 if failed or result.testsRun == 0 else 0
