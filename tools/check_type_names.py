#!/usr/bin/env python3
"""Checks that no two headers define types of the same name.

Usage: check_type_names.py     (from the top of the tree)

All of Didact is in one namespace. Two types of one name mislead readers, and a program that includes
both headers, or links code that was compiled with either, is not valid C++.
"""

import collections
import re
import subprocess
import sys

# Only the beginning of a line is matched, which leaves out nested types. Declarations and
# specializations are not matched either.
DEFINITION = re.compile(
    r"^(?:class|struct|enum class|enum|union)\s+(?:alignas\([^)]*\)\s+)?(\w+)\s*(?:final\s*)?"
    r"(?::[^:;{][^;{]*)?\{",
    re.MULTILINE,
)
ALIAS = re.compile(r"^using\s+(\w+)\s*=", re.MULTILINE)


def main():
    headers = subprocess.run(
        ["git", "ls-files", "--", "framework/*.h", "plugins/*.h", "tools/*.h"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    places = collections.defaultdict(set)
    for header in headers:
        with open(header, encoding="utf-8") as file:
            text = file.read()
        for name in DEFINITION.findall(text) + ALIAS.findall(text):
            places[name].add(header)
    repeated = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in sorted(repeated.items()):
        print(f"{name} is defined in {' and '.join(sorted(where))}: rename one")
    return 1 if repeated or not places else 0


if __name__ == "__main__":
    sys.exit(main())
