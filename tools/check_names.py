#!/usr/bin/env python3
"""Checks that no two headers or protos give one name to two things.

Usage: check_names.py            (from the top of the tree: all headers and protos of the library)
       check_names.py FILE...    these files only

All of Didact is in one namespace. Two types of one name mislead readers, and a program that includes
both headers, or links code that was compiled with either, is not valid C++. Two functions of one name
mislead too, where they do not overload each other side by side: within one header a name may be
declared repeatedly, in two headers it may not.

What is compared: types and aliases that headers define, functions that they declare outside of
classes, and messages and enumerations of protos. The files are not parsed. Only declarations that
begin at the beginning of a line are found, which leaves out nested types, methods, and everything
that clang-format indents. Declarations of types without a body, and specializations, are left out
too, and so are operators, variables, macros, and the contents of .cc files.
"""

import collections
import re
import subprocess
import sys

TYPE = re.compile(
    r"^(?:class|struct|enum class|enum|union)\s+(?:alignas\([^)]*\)\s+)?(\w+)\s*(?:final\s*)?"
    r"(?::[^:;{][^;{]*)?\{",
    re.MULTILINE,
)
ALIAS = re.compile(r"^using\s+(\w+)\s*=", re.MULTILINE)
# A return type, perhaps over several lines, and a name without `Class::` before it. `template <...>`
# is on a line of its own.
FUNCTION = re.compile(r"^(?!using\b|typedef\b)[\w\[][^;{}()=]*?[\s&*>](\w+)\(", re.MULTILINE)
MESSAGE = re.compile(r"^(?:message|enum)\s+(\w+)\s*\{", re.MULTILINE)


def names_in(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".proto"):
        return MESSAGE.findall(text)
    return TYPE.findall(text) + ALIAS.findall(text) + FUNCTION.findall(text)


def all_files():
    folders = ["framework", "plugins", "tools", "protos"]
    return subprocess.run(
        ["git", "ls-files", "--"] + [f"{f}/*.{e}" for f in folders for e in ("h", "proto")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()


def main():
    places = collections.defaultdict(set)
    for path in sys.argv[1:] or all_files():
        for name in names_in(path):
            places[name].add(path)
    repeated = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in sorted(repeated.items()):
        print(f"{name} is declared in {' and '.join(sorted(where))}: rename one")
    return 1 if repeated or not places else 0


if __name__ == "__main__":
    sys.exit(main())
