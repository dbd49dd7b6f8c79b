# SPDX-License-Identifier: Apache-2.0
"""Finds C files that call each other in a circle. It reads text, so that files for another machine need not compile here; it
must never know which folders there are.

A file and its header are one unit. A call is a function's name before a parenthesis, in a body or in a macro that the body
uses. What goes through a pointer, or through code that is not among the files, is no call.
"""
import os
import re
from collections import defaultdict

# Comments; texts and characters; what only C++ reads.
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|'
                   r'^[ \t]*#[ \t]*ifdef __cplusplus\b.*?^[ \t]*#[ \t]*endif', re.S | re.M)
DIRECTIVE = re.compile(r'^[ \t]*#.*$', re.M)
MACRO = re.compile(r'^[ \t]*#[ \t]*define[ \t]+(\w+)(.*)$', re.M)
ATTRIBUTE = re.compile(r'__attribute__\s*\(\(.*?\)\)', re.S)
WORD = re.compile(r'(?<!\.)(?<!->)\b[A-Za-z_]\w*')
CALL = re.compile(WORD.pattern + r'(?=\s*\()')
MACRO_DEPTH = 4  # macros in macros


def unit(path):
    return os.path.splitext(path)[0]


def blocks(path, code):
    """(what stands before it, what stands in it) of each outermost pair of braces."""
    depth = head = start = 0
    for found in re.finditer('[{};]', code):
        at = found.start()
        if found[0] == '{':
            start = start if depth else at
            depth += 1
            continue
        depth -= found[0] == '}'
        if depth == 0:
            if found[0] == '}':
                yield code[head:start], code[start:at]
            head = at + 1
    if depth:
        raise ValueError(f'{path}: braces do not match, so that its calls cannot be read')


class Source:
    def __init__(self, path, text):
        self.path = path
        text = NOISE.sub(' ', text.replace('\\\n', ' '))
        self.macros = dict(MACRO.findall(text))
        self.public, self.private, self.bodies = set(), set(), []
        for head, body in blocks(path, DIRECTIVE.sub('', text)):
            name = CALL.search(ATTRIBUTE.sub(' ', head))
            if name and '=' not in head:
                hidden = 'static' in head.split() and path.endswith('.c')
                (self.private if hidden else self.public).add(name[0])
                self.bodies.append(body)

    def calls(self, shared_macros):
        macros, found = {**shared_macros, **self.macros}, set()
        for text in self.bodies:
            for _ in range(MACRO_DEPTH):
                text = WORD.sub(lambda word: macros.get(word[0], word[0]), text)
            found.update(CALL.findall(text))
        return found - self.private


def arrows(sources):
    """{unit: {unit that it calls: {function}}}. Of several definitions each counts, but for a unit that has its own."""
    homes, macros, found = defaultdict(set), {}, defaultdict(lambda: defaultdict(set))
    for source in sources:
        macros.update(source.macros if source.path.endswith('.h') else {})
        for name in source.public:
            homes[name].add(unit(source.path))
    for source in sources:
        here = unit(source.path)
        for name in source.calls(macros):
            for home in homes[name] if here not in homes[name] else ():
                found[here][home].add(name)
    return found


def reached(start, graph):
    seen, ahead = set(), [start]
    while ahead:
        new = set(graph.get(ahead.pop(), ())) - seen
        seen |= new
        ahead += new
    return seen


def circles(texts):
    """From {path: text}: one complaint for each pair of units of which one calls the other inside a circle."""
    try:
        graph = arrows([Source(path, text) for path, text in texts.items()])
    except ValueError as error:
        return [str(error)]
    reach = {here: reached(here, graph) for here in list(graph)}
    found = []
    for here in sorted(graph):
        for there in sorted(graph[here]):
            if here in reach.get(there, ()):
                size = sum(here in reach.get(other, ()) for other in reach[here])
                found.append(f'circle of {size}: {here} calls {", ".join(sorted(graph[here][there]))} of {there}')
    return found
