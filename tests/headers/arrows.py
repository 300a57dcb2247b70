#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks how headers include one another. One case per rule; prints `N passed, N failed` last."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"

# A header includes from its own folder and from those before it. The folders of the last group stand side by side.
ORDER = ["support", "ir", "rule", "op", "stablehlo", "mesh", "sharding", "propagate", "tactic", "lower", "simulate",
         "search", "plan"]
LAST = ["interpret", "exchange", "report"]
# The interpreter is a witness against these: it may not even name them.
INTERPRETER_AVOIDS = {"rule", "sharding", "propagate", "tactic", "simulate", "search", "plan"}
# Headers beside the folders that are over several of them; nothing of the library includes them.
TOP = {"partita", "stablehlo_instance"}
# What partita.hpp leaves to those who use it.
NOT_CORE = {"stablehlo", *LAST}
# Expensive to parse, so kept out of the folders that everything includes.
LIGHT = {"support", "ir", "rule", "op", "mesh", "sharding", "propagate", "tactic", "lower"}
HEAVY = re.compile(r"^(iostream|regex|ranges|filesystem|unordered_map|functional|range/v3/.*|boost/.*)$")
WHOLE_LIBRARIES = {"boost/hana.hpp", "range/v3/all.hpp"}
LONGEST = 700

INCLUDE_LINE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def folder_of(name):
    """The folder of `partita/ir/type.hpp` and of its umbrella `partita/ir.hpp` is ir."""
    return name.split("/")[1].removesuffix(".hpp")


def read_headers():
    headers = {}
    for file in sorted(INCLUDE.rglob("*.hpp")):
        text = file.read_text()
        headers[file.relative_to(INCLUDE).as_posix()] = (text, INCLUDE_LINE.findall(text))
    return headers


def may_include(source, target):
    if source == target or source in TOP:
        return True
    if source == "interpret" and target in INTERPRETER_AVOIDS:
        return False
    if source in LAST:
        return target in ORDER
    return source in ORDER and target in ORDER and ORDER.index(target) < ORDER.index(source)


def arrows(headers):
    """a header includes only its own folder and earlier ones"""
    for name, (_, includes) in headers.items():
        for target in includes:
            if target.startswith("partita/") and not may_include(folder_of(name), folder_of(target)):
                yield f"{name} includes {target}: {folder_of(target)} does not come before {folder_of(name)}"


def known_folders(headers):
    """every folder has a place in the order and an umbrella beside it"""
    for folder in sorted({folder_of(name) for name in headers} - TOP):
        if folder not in ORDER + LAST:
            yield f"partita/{folder} has no place in the order of tests/headers/arrows.py"
        # support is private help: nobody includes it as a whole.
        if folder != "support" and f"partita/{folder}.hpp" not in headers:
            yield f"partita/{folder}.hpp, the umbrella of {folder}/, is missing"


def resolved(headers):
    """every include of ours names a header that is there"""
    for name, (_, includes) in headers.items():
        for target in includes:
            if target.startswith("partita/") and target not in headers:
                yield f"{name} includes {target}, which does not exist"


def core(headers):
    """partita.hpp brings neither reader, interpreter, exchange nor reports"""
    seen, open_ = set(), ["partita/partita.hpp"]
    if open_[0] not in headers:
        yield "partita/partita.hpp is missing"
    while open_:
        name = open_.pop()
        if name in seen or name not in headers:
            continue
        seen.add(name)
        if folder_of(name) in NOT_CORE:
            yield f"partita.hpp brings {name}"
        open_ += headers[name][1]


def light(headers):
    """what everything includes stays cheap to parse"""
    for name, (_, includes) in headers.items():
        for target in includes:
            if target in WHOLE_LIBRARIES or (folder_of(name) in LIGHT and HEAVY.match(target)):
                yield f"{name} includes <{target}>"


def length(headers):
    """no header is longer than 700 lines"""
    for name, (text, _) in headers.items():
        if (lines := text.count("\n")) > LONGEST:
            yield f"{name} has {lines} lines: which two ideas is it?"


def opening(headers):
    """a header opens with its licence, #pragma once and what it is"""
    expected = ["// SPDX-FileCopyrightText: The Partita Authors", "// SPDX-License-Identifier: Apache-2.0", "#pragma once"]
    for name, (text, _) in headers.items():
        lines = text.splitlines()[:4]
        if lines[:3] != expected or not lines[3:] or not lines[3].startswith("// "):
            yield f"{name} does not open with two SPDX lines, #pragma once and a comment"


def main():
    headers = read_headers()
    rules = [arrows, known_folders, resolved, core, light, length, opening]
    failed = 0
    for rule in rules:
        if wrong := list(rule(headers)):
            failed += 1
            print(f"FAIL {rule.__doc__}:")
            print("".join(f"  {line}\n" for line in wrong))
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
