#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that documentation leads somewhere. One case per rule; prints `N passed, N failed` last."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MENTION = re.compile(r"docs/[\w/]+\.md(?:#[\w-]+)?")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages():
    return sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))


def anchors(page):
    """As GitHub makes them from headings."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(target, base):
    path, _, anchor = target.partition("#")
    page = (base.parent / path).resolve() if path else base
    if not page.exists():
        return "does not exist"
    return f"has no heading for #{anchor}" if anchor and anchor not in anchors(page) else None


def links():
    """every link of a page leads to a file and heading that are there"""
    for page in pages():
        for target in LINK.findall(FENCED.sub("", page.read_text())):
            if "://" not in target and (wrong := leads_nowhere(target, page)):
                yield f"{page.relative_to(ROOT)}: {target} {wrong}"


def mentions():
    """every page that a header or a message names is there"""
    for header in sorted((ROOT / "include").rglob("*.hpp")):
        for target in sorted(set(MENTION.findall(header.read_text()))):
            if wrong := leads_nowhere(target, ROOT / "README.md"):
                yield f"{header.relative_to(ROOT)}: {target} {wrong}"


def reachable():
    """every page can be reached from docs/index.md"""
    seen, open_ = set(), [ROOT / "docs/index.md"]
    while open_:
        page = open_.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        open_ += [(page.parent / target.partition("#")[0]).resolve() for target in LINK.findall(page.read_text())]
    for page in pages():
        if page not in seen and page.is_relative_to(ROOT / "docs"):
            yield f"no link leads to {page.relative_to(ROOT)}"


def main():
    rules = [links, mentions, reachable]
    failed = 0
    for rule in rules:
        if wrong := list(rule()):
            failed += 1
            print(f"FAIL {rule.__doc__}:")
            print("".join(f"  {line}\n" for line in wrong))
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
