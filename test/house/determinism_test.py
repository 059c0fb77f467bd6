# SPDX-License-Identifier: EUPL-1.2
"""Clocks, randomness and sockets enter only through their seams, or no simulation could replay a seed."""
import re
import unittest

from tree import CXX_ENDINGS, Tree

# What is banned, why a reader would reach for it, and the only places (path prefixes) that may.
RULES = [
    ('a real clock',
     re.compile(r'\b(?:system_clock|steady_clock|high_resolution_clock)\s*::\s*now\b|\bclock_gettime\s*\(|'
                r'\bgettimeofday\s*\(|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)'),
     ('node/runtime/asio/', 'tools/benchmark/')),
    ('sleeping', re.compile(r'\b(?:this_thread\s*::\s*sleep_(?:for|until)|usleep|nanosleep)\s*\('),
     ('tools/benchmark/',)),
    ('randomness',
     re.compile(r'\brandombytes\w*\s*\(|\bgetrandom\s*\(|\brandom_device\b|\bmt19937\w*|\b(?:std::)?s?rand\s*\(|'
                r'\bRAND_bytes\b|/dev/u?random'),
     ('crypto/random.cpp',)),
    ('a standard distribution', re.compile(r'_distribution\b|\bstd::(?:shuffle|sample)\b'), ()),
    ('a socket',
     re.compile(r'\bip::tcp\b|\blocal::stream_protocol\b|(?<![\w.>:])::?(?:socket|connect|bind|listen|accept)\s*\(\s*'
                r'(?:AF_|fd|sock)|<sys/socket\.h>'),
     ('node/runtime/asio/', 'node/http/', 'node/daemon/notify.cpp', 'tools/benchmark/', 'test/')),
]
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/', re.DOTALL)


def violations(tree):
    found = []
    for name, text in sorted(tree.sources(CXX_ENDINGS).items()):
        code = COMMENT.sub('', text)
        for what, pattern, places in RULES:
            match = pattern.search(code)
            if match and not name.startswith(places or ('\0',)):
                found.append(f'{name}: {what}: {match.group(0)}')
    return found


class Determinism(unittest.TestCase):
    def test_disorder_enters_through_the_seams_only(self):
        self.assertEqual(violations(Tree.checked_out()), [])

    def test_each_source_of_disorder_is_seen(self):
        for code in ['auto t = std::chrono::steady_clock::now();', 'auto t = ::time(nullptr);',
                     'clock_gettime(CLOCK_MONOTONIC, &t);', 'std::this_thread::sleep_for(1s);',
                     'randombytes_buf(p, n);', 'std::mt19937 g;', 'std::random_device d;',
                     'std::uniform_int_distribution<int> d(0, 1);', 'std::shuffle(a, b, g);',
                     'boost::asio::ip::tcp::socket s(io);', '#include <sys/socket.h>', 'int x = std::rand();']:
            with self.subTest(code=code):
                self.assertEqual(len(violations(Tree({'node/feed/intruder.cpp': code + '\n'}))), 1)

    def test_words_in_comments_are_not(self):
        self.assertEqual(violations(Tree({'node/feed/guest.cpp': '// never steady_clock::now() here\n'})), [])
