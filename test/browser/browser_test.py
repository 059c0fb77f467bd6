# SPDX-License-Identifier: EUPL-1.2
"""The pages in a real browser, at two agencies; suite.mjs drives it and says what is checked."""
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unicodedata

from community import Community

HERE = pathlib.Path(__file__).resolve().parent
ATTACKS = (
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '[x](javascript:alert(1))',
    '![x](https://attacker.example/pixel.png)', '<iframe src="https://attacker.example/"></iframe>',
    '<style>@import "https://attacker.example/x.css";</style>', '<a href="https://attacker.example/" onclick="alert(1)">x</a>',
    '<base href="https://attacker.example/">', '<meta http-equiv="refresh" content="0;url=https://attacker.example/">',
    '<form action="https://attacker.example/"><input autofocus onfocus=alert(1)></form>',
    '<link rel="stylesheet" href="https://attacker.example/x.css">', '"><script>alert(1)</script>', '</textarea><script>alert(1)</script>',
    '[x](data:text/html,<script>alert(1)</script>)', '<math><mtext></p><img src=x onerror=alert(1)>')


MOST = 200_000   # bytes of one text; an entry takes 256 KiB


def harmless_bytes(text):
    """Without characters that no text may have: an attack that is refused shows nothing about pages."""
    return ''.join(c for c in text if c in '\n\t' or unicodedata.category(c) not in ('Cc', 'Cf', 'Cs', 'Co', 'Cn'))


def in_lots(texts):
    """Joined to as few as the bound of an entry allows."""
    lots, size = [[]], 0
    for text in texts:
        pieces = [text[at:at + MOST // 4] for at in range(0, len(text), MOST // 4)]
        for piece in pieces:
            size += len(piece.encode()) + 2
            if size > MOST and lots[-1]:
                lots.append([])
                size = len(piece.encode()) + 2
            lots[-1].append(piece)
    return ['\n\n'.join(lot) for lot in lots if lot]


def collections():
    """Everything in the data and the vectors that is known to attack a reader, by the name of the collection: as it is
    written, and with its entities resolved, as a program that imports it might."""
    data = pathlib.Path(os.environ.get('COMITY_DATA', '../shared/data'))
    vectors = pathlib.Path(os.environ.get('COMITY_VECTORS', '../shared/vectors'))

    def both(file):
        text = harmless_bytes(file.read_text(errors='replace'))
        return text if html.unescape(text) == text else text + '\n\n' + harmless_bytes(html.unescape(text))

    found = {}
    for folder in sorted((data / 'feeds').glob('*')) if data.is_dir() else ():
        found[folder.name] = [both(file) for file in sorted(folder.rglob('*')) if file.is_file()]
    found['pages with scripts in them'] = [
        both(file) for part in ('blog', 'wiki', 'forum') for file in sorted((data / part).rglob('*'))
        if file.is_file() and re.search(rb'<script|javascript:|onerror|onload=', file.read_bytes()[:1_000_000])
        and file.stat().st_size < 1_000_000]
    for file in sorted((vectors / 'commonmark').glob('*.json')):
        found[file.name] = [row['markdown'] for row in json.loads(file.read_text())]
    return found


class Pages(Community):
    def attack(self):
        """Texts of attackers as entries, an update, a page, a profile. Returns the ids of discussions and other paths."""
        texts = ['\n\n'.join(ATTACKS)]
        for name, files in collections().items():
            lots = files if name == 'feedparser-sanitize' else in_lots(files)
            texts += lots
            print(f'attacks: {len(files)} of {name}')
        self.at('health', 'space', 'create', 'attacks', '--title', f'Attacks {ATTACKS[0]}', '--kind', 'inside',
                '--description', ATTACKS[1])
        file = self.folder / 'attack.txt'
        ids = []
        for at, text in enumerate(texts):
            file.write_text(text)
            ids.append(self.wrote('health', 'post', '--as', 'ben', '--space', 'attacks', '--title',
                                  f'attack {at} {ATTACKS[at % len(ATTACKS)]}', '--text-file', file))
        file.write_text(texts[0])
        self.at('health', 'wiki', 'put', 'attacks/page', '--as', 'ben', '--title', ATTACKS[0], '--text-file', file,
                '--summary', ATTACKS[2])
        self.at('health', 'update', '--as', 'ben', '--text-file', file)
        self.at('health', 'profile', 'set', '--as', 'nils', '--position', ATTACKS[0], '--about', ' '.join(ATTACKS[:6]))
        return ids

    def runTest(self):
        ids = self.grow()
        ids['attacks'] = self.attack()
        done = subprocess.run(['node', str(HERE / 'suite.mjs'), self.description(ids), *sys.argv[1:]], check=False)
        self.assertEqual(done.returncode, 0)


if not shutil.which('chromium') and not os.environ.get('COMITY_CHROMIUM'):
    print('0 passed, 0 failed, 1 skipped')
    print('skipped: there is no chromium; tools/setup installs it')
    sys.exit(0)
result = Pages().run()
for _, trouble in result.errors:
    print(trouble)
    print('0 passed, 1 failed, 0 skipped')
sys.exit(0 if result.wasSuccessful() else 1)
