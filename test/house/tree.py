# SPDX-License-Identifier: EUPL-1.2
"""The source tree as the house tests see it: which files there are, which room each belongs to, what it includes."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE_ENDINGS = {'.h', '.cpp', '.def', '.proto', '.py', '.js', '.css', '.html'}
TEXT_ENDINGS = SOURCE_ENDINGS | {'', '.build', '.txt', '.md'}
CXX_ENDINGS = {'.h', '.cpp', '.def'}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)

# Rooms below node/ and tools/ are rows of their own; elsewhere the first folder is the room.
NESTED = ('node', 'tools')


class Tree:
    """Files by their path relative to the root, with their text. A test may add or replace a file in a copy."""

    def __init__(self, files):
        self.files = dict(files)

    @classmethod
    def checked_out(cls):
        """Every file that git tracks or would track, so that a new file is held to the rules before its commit."""
        listing = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                                 cwd=ROOT, capture_output=True, check=True).stdout.decode()
        files = {}
        for name in filter(None, listing.split('\0')):
            path = ROOT / name
            if path.is_file():
                # Corpora and golden bytes count as files, but nothing in them is a rule's business.
                wanted = path.suffix in TEXT_ENDINGS and not any(seeds in name for seeds in ('/corpus/', '/fuzz/wide/'))
                files[name] = path.read_bytes().decode('utf-8', 'replace') if wanted else ''
        return cls(files)

    def plus(self, name, text):
        """A copy of this tree with one file more, or one replaced."""
        return Tree({**self.files, name: text})

    def sources(self, endings=SOURCE_ENDINGS):
        return {name: text for name, text in self.files.items() if pathlib.PurePath(name).suffix in endings}


def room_of(name):
    """'proto', 'node/feed', 'node/runtime/asio', 'tools/comity', 'test' …"""
    parts = name.split('/')
    if parts[0] in NESTED and len(parts) > 2:
        if parts[:3] == ['node', 'runtime', 'asio']:
            return 'node/runtime/asio'
        return '/'.join(parts[:2])
    return parts[0]


def includes(text):
    """(quoted, path) of each include directive."""
    return [(kind == '"', path) for kind, path in INCLUDE.findall(text)]
