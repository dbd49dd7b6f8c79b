# SPDX-License-Identifier: Apache-2.0
"""Makes mutants of a C file: each is the text with one small change, in a function or in the initializer of a table.

Works on tokens, without comments, strings and preprocessor lines; it knows C as far as the house style goes: braces round each
branch, spaces round each binary operator and none behind a unary one.
"""
import re
from collections import namedtuple

Token = namedtuple('Token', 'kind text start end')
# `label` says what was changed; with file, function, line text and occurrence it names the mutant for good.
Mutant = namedtuple('Mutant', 'file function line source label occurrence start end new')

TOKEN = re.compile(r'''
(?P<skip>\s+|/\*.*?\*/|//[^\n]*)|(?P<pre>^[ \t]*\#(?:\\\n|[^\n])*)
|(?P<string>"(?:\\.|[^"\\])*")|(?P<char>'(?:\\.|[^'\\])+')|(?P<number>\d[\w.]*)|(?P<word>[A-Za-z_]\w*)
|(?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)''', re.S | re.M | re.X)

SWAPS = {
    '<': ('<=', '>='), '<=': ('<', '>'), '>': ('>=', '<='), '>=': ('>', '<'), '==': ('!=',), '!=': ('==',),
    '&&': ('||',), '||': ('&&',), '++': ('--',), '--': ('++',), '+=': ('-=',), '-=': ('+=',), '*=': ('/=',), '/=': ('*=',),
    '|=': ('&=',), '&=': ('|=',), '<<=': ('>>=',), '>>=': ('<<=',), '~': ('',), '!': ('',),
}
BINARY = {'+': '-', '-': '+', '*': '/', '/': '*', '%': '*', '|': '&', '&': '|', '^': '&', '<<': '>>', '>>': '<<'}
WORDS = {'true': 'false', 'false': 'true'}
ASSIGN = {'=', '+=', '-=', '*=', '/=', '%=', '|=', '&=', '^=', '<<=', '>>='}
CONTROL = {'if', 'for', 'while', 'switch', 'return', 'break', 'continue', 'goto', 'case', 'default', 'else', 'do', 'sizeof'}
ENDS = ASSIGN | {';', ',', '?', ':', 'return', 'case', '{', '}'}  # what a condition goes up to on either side
OPEN, CLOSE = '([{', ')]}'


def tokens_of(text):
    return [Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup not in ('skip', 'pre')]


class Text:
    """A C file and what stands where."""

    def __init__(self, name, text):
        self.name, self.text, self.tokens = name, text, tokens_of(text)
        self.partner = self.pairs()
        self.owner = self.owners()
        self.blocks = self.code_blocks()

    def pairs(self):
        partner, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.text in OPEN:
                stack.append(i)
            elif token.text in CLOSE:
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def is_(self, i, *texts):
        return 0 <= i < len(self.tokens) and self.tokens[i].text in texts

    def owners(self):
        """Of each token in a function or an initializer at file level, the name of that."""
        owner, i = {}, 0
        while i < len(self.tokens):
            if not self.is_(i, '{'):
                i = self.partner[i] + 1 if self.is_(i, '(', '[') else i + 1
                continue
            name = self.owner_name(i)
            if name:
                owner.update(dict.fromkeys(range(i, self.partner[i]), name))
            i = self.partner[i] + 1
        return owner

    def owner_name(self, brace):
        i = brace - 1
        if not self.is_(i, ')', '='):
            return None  # a type
        i = self.partner[i] - 1 if self.is_(i, ')') else i - 1
        while self.is_(i, ']'):
            i = self.partner[i] - 1
        return self.tokens[i].text

    def code_blocks(self):
        """Opening braces that begin statements; behind `){` without a space stands a value, not a block."""
        blocks = set()
        for i in sorted(self.owner):
            if self.is_(i, '{') and self.is_(i - 1, ')', '{', '}', ';', ':', 'else', 'do'):
                value = self.is_(i - 1, ')') and self.tokens[i - 1].end == self.tokens[i].start
                if not value and not (self.is_(i - 1, '{') and i - 1 not in blocks):
                    blocks.add(i)
        return blocks

    def statements(self):
        """(first, last) token of each simple statement; last is its semicolon."""
        for i in sorted(self.owner):
            begins = i - 1 in self.blocks or self.is_(i - 1, ';', ':', '}') or self.is_(i - 1, 'else', 'do')
            if not begins or self.is_(i, '{', '}', 'if', 'for', 'while', 'switch', 'do', 'else', 'case', 'default'):
                continue
            if self.inside_parentheses(i) or self.is_(i - 1, ':') and not self.after_label(i - 1):
                continue
            last = i
            while last < len(self.tokens) and not self.is_(last, ';', '}'):
                last = self.partner[last] + 1 if self.is_(last, '(', '[', '{') else last + 1
            if self.is_(last, ';'):
                yield i, last

    def inside_parentheses(self, i):
        """In for (...), or in a table."""
        depth = 0
        for j in range(i - 1, -1, -1):
            depth += self.is_(j, *CLOSE) - self.is_(j, *OPEN)
            if depth < 0:
                return j not in self.blocks
        return False

    def after_label(self, colon):
        i = colon - 1
        while i >= 0 and not self.is_(i, ';', '{', '}', '?', ':', 'case', 'default'):
            i -= 1
        return self.is_(i, 'case', 'default')

    def edge(self, i, step, stops):
        """The last token before one of `stops` or the end of the parentheses, seen from the operator i."""
        out = CLOSE if step > 0 else OPEN
        j = i + step
        while not self.is_(j, *stops, *out):
            j = self.partner[j] + step if j in self.partner else j + step
        return j - step

    # ---- Mutants: (first token, last token, label, new text) ----------------------------------------------------------------

    def spaced(self, i):
        token = self.tokens[i]
        return self.text[token.start - 1].isspace() and self.text[token.end].isspace()

    def swaps(self, i, token):
        if token.text in SWAPS:
            for new in SWAPS[token.text]:
                yield i, i, f'{token.text} to {new or "nothing"}', new
        if token.text in BINARY and self.spaced(i):
            yield i, i, f'{token.text} to {BINARY[token.text]}', BINARY[token.text]
        if token.text in WORDS:
            yield i, i, f'{token.text} to {WORDS[token.text]}', WORDS[token.text]

    def constants(self, i, token):
        if token.kind == 'char':
            yield i, i, f'{token.text} plus 1', f'({token.text} + 1)'
        if token.kind == 'number' and '.' not in token.text and not self.is_size(i):
            yield i, i, f'{token.text} plus 1', f'({token.text} + 1)'
            yield i, i, f'{token.text} minus 1', f'({token.text} - 1)'

    def is_size(self, i):
        """Of an array: one that is larger is no other program."""
        before = self.tokens[i - 3]
        return self.is_(i - 1, '[') and self.is_(i + 1, ']') and before.kind == 'word' and before.text not in CONTROL

    def operands(self, i, token):
        """One operand of && or || does not decide any more."""
        if token.text not in ('&&', '||'):
            return
        neutral = '1' if token.text == '&&' else '0'
        stops = ENDS | {'||', '&&'} if token.text == '&&' else ENDS | {'||'}
        last = self.edge(i, 1, stops)
        yield i + 1, last, f'operand behind {token.text} {neutral}', neutral
        first = self.edge(i, -1, stops)
        if not self.is_(first - 1, token.text):
            yield first, i - 1, f'operand before {token.text} {neutral}', neutral

    def negations(self, i, token):
        span = None
        if token.text in ('if', 'while') and self.is_(i + 1, '('):
            span = i + 2, self.partner[i + 1] - 1
        elif token.text == 'for':
            first = self.edge(i + 1, 1, {';'}) + 2
            span = first, self.edge(first - 1, 1, {';'})
        elif token.text == '?':
            span = self.edge(i, -1, ENDS), i - 1
        elif token.text == 'return' and self.is_bool(i):
            span = i + 1, self.edge(i, 1, {';'})
        if span and span[0] <= span[1]:
            yield *span, f'{token.text} negated', f'!({self.between(*span)})'

    def is_bool(self, i):
        """In a function that returns bool, and no constant."""
        name = self.owner[i]
        defined = re.search(rf'^(?:static )?bool {name}\(', self.text, re.M)
        return bool(defined) and not self.is_(i + 1, 'true', 'false')

    def labels(self, i, token):
        if token.text in ('case', 'default'):
            yield i, self.edge(i, 1, {':'}) + 1, 'label dropped', ''

    def deletions(self):
        for first, last in self.statements():
            word = self.tokens[first]
            if word.text in ('break', 'continue') or (word.text == 'return' and self.is_(last + 1, '}')):
                yield first, last, f'{word.text} deleted', ';'
            elif word.text not in CONTROL and self.is_expression(first):
                yield first, last, 'statement deleted', ';'

    def is_expression(self, first):
        if self.tokens[first].kind != 'word':
            return self.is_(first, '*', '++', '--')
        return self.is_(first + 1, *ASSIGN, '(', '->', '.', '[', '++', '--')

    def between(self, first, last):
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def changes(self):
        for i in sorted(self.owner):
            token = self.tokens[i]
            for make in (self.swaps, self.constants, self.operands, self.negations, self.labels):
                yield from make(i, token)
        yield from self.deletions()

    def mutants(self):
        found, seen = [], {}
        starts = [0] + [m.end() for m in re.finditer('\n', self.text)]
        for first, last, label, new in sorted(self.changes(), key=lambda c: (self.tokens[c[0]].start, c[2])):
            start, end = self.tokens[first].start, self.tokens[last].end
            line = self.text.count('\n', 0, start) + 1
            source = ' '.join(self.text[starts[line - 1]:].split('\n', 1)[0].split())
            key = self.owner[first], source, label
            seen[key] = seen.get(key, 0) + 1
            found.append(Mutant(self.name, key[0], line, source, label, seen[key], start, end, new))
        return found


def mutants_of(name, text):
    return Text(name, text).mutants()


def apply(text, mutant):
    return text[:mutant.start] + mutant.new + text[mutant.end:]
