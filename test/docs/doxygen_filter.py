#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What Doxygen reads in place of a file of ours (INPUT_FILTER): the headers' plain comments as documentation, and documents whose links
lead to other documents of the site only. The files themselves stay as people read them.

    doxygen_filter.py FILE
"""
import os
import re
import sys


def header(text):
    text = re.sub(r'^/\* SPDX[^\n]*\n \*\n', '/** @file\n *\n', text, count=1)
    text = text.replace('\\u', '\\\\u')  # no command of Doxygen's
    text = re.sub(r'^( *)/\* (?!----|private\b|Private)', r'\1/** ', text, flags=re.M)
    return re.sub(r'(?<=[;,]) */\* (?!clang)([^\n]*\*/)$', r' /**< \1', text, flags=re.M)


def document(text, path):
    """GitHub's links within the repository: to a document they stay, to a file they become its name."""
    def link(match):
        label, target = match.groups()
        return match.group() if re.match(r'\w+:', target) or re.fullmatch(r'[\w-]+\.(md|svg)', target) else f'`{label.strip("`")}`'

    text = re.sub(r'(?<!!)\[([^\]]+)\]\(([^)]+)\)', link, text)
    if os.path.basename(path) == 'README.md':
        text = re.sub(r'\[([^\]]+)\]\(docs/([\w-]+\.md)\)', r'[\1](\2)', text)
    return text


def main(path):
    with open(path) as file:
        text = file.read()
    sys.stdout.write(document(text, path) if path.endswith('.md') else header(text))


if __name__ == '__main__':
    main(*sys.argv[1:])
