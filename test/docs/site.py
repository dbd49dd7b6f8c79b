#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the site of `make html` holds what it is for: every document, and every public function with its words.

    site.py FOLDER      last line `N passed, N failed`
"""
import html
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ('core/kratos.h', 'core/kratos_provision.h')


def functions():
    """{name: the first word of its comment or ''}"""
    found = {}
    for path in HEADERS:
        text = (ROOT / path).read_text()
        for words, name in re.findall(r'(?:/\*((?:(?!\*/).)*?)\*/\n)?(?:^[\w][\w *]*[ *])(kratos_\w+)\([^;{}]*\);', text, re.S | re.M):
            found[name] = ' '.join(words.split())[:30]
    return found


def main(folder):
    pages = {path.name: html.unescape(re.sub(r'\s+', ' ', re.sub(r'<[^>]+>', '', path.read_text(errors='replace')))) for path in pathlib.Path(folder).glob('*.html')}
    everything = '\n'.join(pages.values())
    results = []

    def report(name, good):
        results.append(bool(good))
        if not good:
            print(f'FAIL html: {name}')

    for path in sorted((ROOT / 'docs').glob('*.md')):
        title = path.read_text().splitlines()[0].lstrip('# ')
        report(f'docs/{path.name}', any(title in text for text in pages.values()))
    for name, words in functions().items():
        report(f'{name}, with its words', re.search(r'\b%s *\(' % name, everything) and words.split('.')[0].split(':')[0] in everything)
    print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
    return not all(results)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
