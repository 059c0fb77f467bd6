# SPDX-License-Identifier: EUPL-1.2
"""Two agencies whose people have worked together for a while: what browser tests and screenshots look at."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'system'))

from agencies import Agencies, free_port  # noqa: E402
from harness import comity  # noqa: E402
from routes import routes, wiki_views  # noqa: E402

NAMES = {'health': 'Ministry of Health', 'finance': 'Ministry of Finance'}
PASSWORD = 'long enough to be safe'
PEOPLE = (('health', 'maria', 'Maria Olsen', 'Planning', 'Head of planning', ('budgets', 'mediation'), 'admin'),
          ('health', 'ben', 'Ben Haug', 'Hospitals', 'Adviser', ('hospitals', 'procurement'), 'member'),
          ('health', 'nils', 'Nils Ås', 'Planning', 'Trainee', ('statistics',), 'member'),
          ('finance', 'jo', 'Jo Berg', 'Budget', 'Budget officer', ('budgets', 'law'), 'member'),
          ('finance', 'lena', 'Lena Moen', 'Contracts', 'Buyer', ('procurement',), 'admin'))
QUESTION = '''Three regions have asked for the rules that hold **from May on**. What we have is from last year:

| trip | limit a day | who approves |
|---|---|---|
| within the country | 85 | head of unit |
| abroad | 140 | director |

- [x] asked the regions
- [ ] asked @jo@finance

The draft stands in [[travel/rules]]; background at https://www.example.org/travel. #travel'''
ANSWER = '''Yes, they were settled on Tuesday:

1. The limit within the country becomes **92**.
2. Abroad stays as it is.

> Approval below the limit needs no second signature.

I have put them into [[travel/rules]].'''
RULES = '''# Who may travel

Everybody whose head of unit has agreed in writing.

# Limits

| trip | limit a day |
|---|---|
| within the country | 92 |
| abroad | 140 |

# Bills

Bills go to the unit that sent you, within *thirty days*. See also [[travel/abroad]].

## What counts

- tickets and public transport
- a room, up to the limit
- meals, as a fixed sum
'''


class Community(Agencies):
    def agency(self, name, proxied=False, env=None):
        port, web = free_port(), free_port()
        data = self.folder / name
        self.ports[name], self.web[name] = port, web
        done = comity('init', '--data', data, '--name', NAMES[name], '--short-name', name, '--listen',
                      f'127.0.0.1:{port}', '--advertise', f'127.0.0.1:{port}', '--web', f'127.0.0.1:{web}',
                      '--no-passphrase')
        self.assertEqual(done.code, 0, done)
        settings = data / 'comity.toml'
        settings.write_text(settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        self.nodes[name] = self.start(data=data, env=env)

    def setUp(self):
        super().setUp()
        self.web = {}

    def wrote(self, name, *words):
        return self.at(name, *words).out.strip().splitlines()[-1]

    def reaches(self, name, person, entry):
        self.until(f'{entry} reaches {name}',
                   lambda: comity('show', entry, '--as', person, '--data', self.folder / name).code == 0)

    def wiki(self, name, page, person, text, summary, base=None):
        file = self.folder / 'page.md'
        file.write_text(text)
        self.at(name, 'wiki', 'put', page, '--as', person, '--text-file', file, '--summary', summary)

    def dispute(self):
        """Two pages whose same line was changed at both agencies while neither heard of the other."""
        pages = {page: f'travel/{page}' for page in ('trains', 'rooms')}
        texts = {page: f'# {page.title()}\n\nThe usual {page} are paid.\n\nBook early.\n' for page in pages}
        for page, name in pages.items():
            self.wiki('health', name, 'maria', texts[page], 'A beginning')
            self.until(f'{name} has come', lambda n=name: comity('wiki', 'get', n, '--as', 'jo', '--data',
                                                                 self.folder / 'finance').code == 0)
        sides = (('health', 'maria', 'Cheap'), ('finance', 'jo', 'Quiet'))
        for name in NAMES:
            self.stop(name)
        for name, person, word in sides:
            self.again(name)
            for page, path in pages.items():
                self.wiki(name, path, person, texts[page].replace('The usual', word), f'{word} {page}')
            self.stop(name)
        for name in NAMES:
            self.again(name)
        for name in pages.values():
            for at in NAMES:
                self.until('both versions are there', lambda n=name, a=at: self.at(a, 'wiki', 'get', n, '--json').document[
                    'needs_merge'])

    def grow(self):
        """Agencies, people, spaces and what they wrote. Returns the ids that tests name."""
        for name in NAMES:
            self.agency(name)
        secret = self.folder / 'password'
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        for agency, handle, full, unit, position, skills, role in PEOPLE:
            self.at(agency, 'user', 'add', handle, '--name', full, '--unit', unit, '--skills', ','.join(skills), '--role',
                    role, '--password-file', secret)
            self.at(agency, 'profile', 'set', '--as', handle, '--position', position)
        self.connect('health', 'finance')
        self.at('health', 'space', 'create', 'travel', '--title', 'Travel rules', '--kind', 'shared', '--members', 'finance',
                '--description', 'What holds for trips of both ministries, and what next year brings.')
        self.at('health', 'space', 'create', 'hospitals', '--title', 'Hospitals', '--kind', 'inside', '--description',
                'Beds, staff and buildings.')
        self.at('health', 'space', 'create', 'planning', '--title', 'Planning and statistics', '--kind', 'inside')
        self.until('finance has joined', lambda: [row for row in self.rows('finance', 'space', 'list')
                                                  if (row['slug'], row['state']) == ('travel', 'joined')])
        self.until('maria is known', lambda: comity('profile', 'show', 'maria@health', '--data',
                                                    self.folder / 'finance').code == 0)
        self.until('jo is known', lambda: comity('profile', 'show', 'jo@finance', '--data',
                                                 self.folder / 'health').code == 0)
        for agency, handle, space in (('health', 'maria', 'travel'), ('health', 'maria', 'hospitals'),
                                      ('health', 'ben', 'travel'), ('finance', 'jo', 'travel')):
            self.at(agency, 'follow', f'space:{space}', '--as', handle)
        self.at('health', 'follow', 'jo@finance', '--as', 'maria')
        self.dispute()
        ids = {}
        ids['question'] = self.wrote('health', 'post', '--as', 'maria', '--space', 'travel', '--title',
                                     'Who has the travel rules for May?', '--text', QUESTION, '--tag', 'travel', '--tag',
                                     'budget', '--question')
        self.reaches('finance', 'jo', ids['question'])
        ids['answer'] = self.wrote('finance', 'reply', ids['question'], '--as', 'jo', '--text', ANSWER)
        self.reaches('health', 'maria', ids['answer'])
        ids['thanks'] = self.wrote('health', 'reply', ids['answer'], '--as', 'ben', '--quote', ids['answer'], '--text',
                                   'Thank you! Does it hold for trips that began in April? @maria')
        ids['late'] = self.wrote('finance', 'reply', ids['question'], '--as', 'lena', '--text', 'Sent by mistake.')
        self.at('finance', 'withdraw', ids['late'], '--as', 'lena', '--reason', 'asked twice')
        self.at('health', 'answered', ids['answer'], '--as', 'maria')
        self.at('health', 'react', ids['answer'], 'thanks', '--as', 'maria')
        self.at('health', 'edit', ids['thanks'], '--as', 'ben', '--text',
                'Thank you! Does it hold for trips that began in **April**? @maria', '--summary', 'the month')
        for title, text in (('Next year’s ceiling for conferences', 'A first number is 1.2 million. What is missing?'),
                            ('Tickets by rail below 500 km', 'Proposal: always by rail, except with a reason in writing.')):
            self.wrote('finance', 'post', '--as', 'jo', '--space', 'travel', '--title', title, '--text', text, '--tag', 'budget')
        ids['inside'] = self.wrote('health', 'post', '--as', 'ben', '--space', 'hospitals', '--title',
                                   'Beds in the north, week 14', '--text', 'Two wards are closed for repairs until Friday.')
        self.at('finance', 'update', '--as', 'jo', '--audience', 'travel', '--text',
                'Back from leave. The travel rules for May are my first thing.')
        self.at('health', 'update', '--as', 'ben', '--text', 'In Bodø until Thursday; reachable by message.')
        self.wiki('health', 'travel/travel/rules', 'maria', RULES.replace('92', '85'), 'As of last year')
        self.wiki('health', 'travel/travel/rules', 'maria', RULES, 'The limit of May')
        self.wiki('health', 'travel/travel/abroad', 'ben', '# Abroad\n\nThe embassy helps; see [[travel/rules]].', 'A beginning')
        self.at('health', 'wiki', 'stamp', 'travel/travel/rules', '--as', 'maria', '--note', 'Board of 3 March')
        self.at('health', 'message', '--as', 'ben', '--to', 'maria,jo@finance', '--text', 'Can we talk about Thursday?')
        for page in ('travel/travel/rules', 'travel/travel/abroad'):
            self.until('the page has come', lambda p=page: comity('wiki', 'get', p, '--as', 'jo', '--data',
                                                                  self.folder / 'finance').code == 0)
        self.until('updates have come', lambda: [row for row in self.rows('health', 'timeline', '--as', 'maria')
                                                 if row['kind'] == 'update'])
        return ids

    def description(self, ids):
        """For the programs that drive the browser."""
        return json.dumps({'base': {name: f'http://127.0.0.1:{port}' for name, port in self.web.items()},
                           'password': PASSWORD, 'ids': ids, 'routes': routes(), 'views': wiki_views()})
