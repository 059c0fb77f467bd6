# SPDX-License-Identifier: EUPL-1.2
"""The parts of the coroutine law that can be seen in the text. docs/coroutines.md has the reasons."""
import re
import unittest

from tree import CXX_ENDINGS, Tree

COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/', re.DOTALL)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
AWAIT = re.compile(r'\bco_await\b')
CONDITION = re.compile(r'\b(?:if|while|switch)\s*(?:constexpr\s*)?\(')
BRANCHING = re.compile(r'\?|&&|\|\|')
LAMBDA = re.compile(r'(?<![\w\])])\[\s*[&=\w*][^\]]*\]\s*(?:\(|\{|mutable\b)')
AGGREGATE = re.compile(r'[\w>]\{[^}]')
CAPTURING_COROUTINE = re.compile(r'(?<![\w\])])\[\s*[&=\w*][^\]]*\]\s*\([^)]*\)\s*(?:mutable\s*)?->\s*[\w:]*\bTask\s*<')


def condition_of(statement):
    """What stands in the parentheses of an if, while or switch, or nothing."""
    match = CONDITION.search(statement)
    if not match:
        return ''
    depth = 0
    for at in range(match.end() - 1, len(statement)):
        depth += {'(': 1, ')': -1}.get(statement[at], 0)
        if depth == 0:
            return statement[match.end():at]
    return statement[match.end():]


def violations(tree):
    found = []
    for name, text in sorted(tree.sources(CXX_ENDINGS).items()):
        code = STRING.sub('""', COMMENT.sub('', text))
        if CAPTURING_COROUTINE.search(code):
            found.append(f'{name}: a lambda with captures is a coroutine')
        for match in AWAIT.finditer(code):
            start = max(code.rfind(mark, 0, match.start()) for mark in ';{}') + 1
            ends = [at for at in (code.find(mark, match.end()) for mark in ';{') if at != -1]
            statement = code[start:min(ends, default=len(code)) + 1]
            condition = condition_of(statement)
            rest = statement.replace(condition, '', 1)
            if AWAIT.search(condition):
                found.append(f'{name}: co_await inside a condition')
            elif LAMBDA.search(code[match.start():min(ends, default=len(code)) + 1]):
                found.append(f'{name}: a capturing lambda inside co_await')
            elif AGGREGATE.search(code[match.start():code.find(';', match.start()) + 1]):
                found.append(f'{name}: an object made with braces inside co_await')
            elif BRANCHING.search(rest):
                found.append(f'{name}: co_await beside ?:, && or ||')
    return found


class Coroutines(unittest.TestCase):
    def test_the_law_holds_where_text_shows_it(self):
        self.assertEqual(violations(Tree.checked_out()), [])

    def test_what_the_compiler_gets_wrong_is_seen(self):
        for code in ['if (!(co_await f()).ok()) g();', 'while (co_await f()) {}',
                     'if (auto s = co_await f(); !s.ok()) g();', 'x = a ? co_await b() : c;',
                     'y = co_await f() && z;', 'co_await pool.run([x] { return x; });',
                     'co_return co_await h([&y](int z) { return y + z; });',
                     'co_return co_await refuse(std::move(visit), Error{code, text});', 'auto z = co_await f(Pair<int>{1, 2});',
                     'auto c = [this](int n) -> Task<void> { co_return; };']:
            with self.subTest(code=code):
                tree = Tree.checked_out().plus('node/feed/intruder.cpp', f'void f() {{ {code} }}\n')
                self.assertEqual(len(violations(tree)), 1, code)

    def test_what_is_right_is_not(self):
        for code in ['auto s = co_await f(); if (!s.ok()) g();', 'COMITY_CO_CHECK(co_await f(a[1]));',
                     'if (!fed) COMITY_CO_CHECK(co_await news_.wait());', 'auto [a, b] = co_await f();',
                     'auto job = [x] { return x; }; co_await pool.run(std::move(job));',
                     'const Error e{code, text}; co_await refuse(e);', 'co_await list({});', 'while (n != 0) { co_await g(); }', 'while (a && !b) COMITY_CO_CHECK(co_await f());', 'for (;;) COMITY_CO_CHECK(co_await f());']:
            with self.subTest(code=code):
                tree = Tree.checked_out().plus('node/feed/guest.cpp', f'void f() {{ {code} }}\n')
                self.assertEqual([line for line in violations(tree) if 'guest' in line], [], code)
