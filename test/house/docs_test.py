# SPDX-License-Identifier: EUPL-1.2
"""Every command that README and docs show in a fence exists."""
import os
import re
import shlex
import subprocess
import unittest

from tree import ROOT, Tree

FENCE = re.compile(r'^```(\w*)[^\n]*\n(.*?)^```', re.MULTILINE | re.DOTALL)
SHELLS = {'sh', 'bash', 'console'}
PROGRAMS = ('comity', 'comityd')


def fenced_commands(text):
    """Command lines of shell fences; in a console fence those behind a prompt, other lines being output."""
    for language, body in FENCE.findall(text):
        if language not in SHELLS:
            continue
        for line in body.splitlines():
            if language == 'console':
                prompt = re.match(r'^[\w.-]*[$#] (.*)', line)
                if not prompt:
                    continue
                line = prompt.group(1)
            line = line.strip()
            if line and not line.startswith('#'):
                yield line


def words(line):
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


class Checker:
    """Knows which programs exist in the tree and in the build, and the verbs of the command line."""

    def __init__(self, tree, build):
        self.tree = tree
        self.build = build

    def built(self, program):
        folder = {'comityd': 'node', 'comity': 'tools/comity'}[program]
        path = os.path.join(self.build, folder, program)
        return path if os.path.exists(path) else None

    def knows_verb(self, program, arguments):
        path = self.built(program)
        verbs = []
        for word in arguments:
            if not re.fullmatch(r'[a-z][a-z-]*', word):
                break
            verbs.append(word)
        for length in (min(2, len(verbs)), min(1, len(verbs))):
            shown = subprocess.run([path, *verbs[:length], '--help'], capture_output=True, check=False)
            if shown.returncode == 0:
                return True
        return False

    def problem(self, line):
        """Why the command cannot exist, or None."""
        parts = words(line)
        while parts and re.fullmatch(r'\w+=\S*', parts[0]):
            parts.pop(0)
        if not parts:
            return None
        program = parts[0]
        if program.startswith('tools/') or program.startswith('./tools/') or program == '.ci/run':
            return None if program.removeprefix('./') in self.tree.files else f'{program} is not in the tree'
        if program.startswith('build/'):
            return None if os.path.exists(os.path.join(self.build, program[6:])) else f'{program} is not built'
        if os.path.basename(program) in PROGRAMS:
            name = os.path.basename(program)
            if not self.built(name):
                return f'{name} is not built'
            return None if self.knows_verb(name, parts[1:]) else f'{name} does not know: {line}'
        return None

    def problems(self):
        found = []
        for name, text in sorted(self.tree.files.items()):
            if name.endswith('.md'):
                for line in fenced_commands(text):
                    why = self.problem(line)
                    if why:
                        found.append(f'{name}: {why}')
        return found


class Docs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.checker = Checker(Tree.checked_out(), os.environ.get('COMITY_BUILD', str(ROOT / 'build')))

    def test_every_fenced_command_exists(self):
        self.assertEqual(self.checker.problems(), [])

    def test_a_command_that_does_not_exist_is_seen(self):
        tree = self.checker.tree.plus('docs/wrong.md', '```sh\ntools/no-such-thing --now\n```\n')
        self.assertEqual(len(Checker(tree, self.checker.build).problems()), 1)
        tree = self.checker.tree.plus('docs/wrong.md', '```sh\nbuild/no/such/program\n```\n')
        self.assertEqual(len(Checker(tree, self.checker.build).problems()), 1)

    def test_output_in_a_transcript_is_no_command(self):
        tree = self.checker.tree.plus('docs/right.md', '```console\nhealth# tools/test\ntools/gone was removed\n```\n')
        self.assertEqual(Checker(tree, self.checker.build).problems(), [])
