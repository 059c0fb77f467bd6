# SPDX-License-Identifier: EUPL-1.2
"""The pages in a real browser, at two agencies; suite.mjs drives it and says what is checked."""
import os
import pathlib
import shutil
import subprocess
import sys

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


class Pages(Community):
    def attack(self):
        """Texts of attackers, and the feeds that sanitizers are tested with, as entries."""
        texts = ['\n\n'.join(ATTACKS)]
        feeds = pathlib.Path(os.environ.get('COMITY_DATA', '../shared/data')) / 'feeds' / 'feedparser-sanitize'
        if feeds.is_dir():
            texts += [file.read_text(errors='replace')[:20000] for file in sorted(feeds.iterdir())[:24]]
        self.at('health', 'space', 'create', 'attacks', '--title', 'Attacks', '--kind', 'inside')
        file = self.folder / 'attack.txt'
        ids = []
        for at, text in enumerate(texts):
            file.write_text(text.replace('\0', ''))
            ids.append(self.wrote('health', 'post', '--as', 'ben', '--space', 'attacks', '--title',
                                  f'attack {at} {ATTACKS[at % len(ATTACKS)]}', '--text-file', file))
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
