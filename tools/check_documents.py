#!/usr/bin/env python3
"""Checks that a test runs, compiles or compares every block of code in every README.md.

Usage: tools/check_documents.py      in the root of the tree

A new block must be added to BLOCKS below, together with a test of it.
"""

import os
import re
import subprocess
import sys

# Blocks that are no code: drawings, listings and messages.
TEXT = None

COMMANDS = "tests/tools/readme_commands_test.py"
PYTHON = "tests/tools/readme_python_test.py"
TORCH = "tests/tools/readme_torch_test.py"
INSTALLED = "tests/embedding/out_of_tree/checks.sh"
MY_STUDY = "tests/cli/function_plugins_test.cc"
BENCH = "tests/tools/bench/bench_program_test.cc"
# The flags in these blocks are looked up in the source of the program.
MUTATIONS = "tests/mutation/run_mutations.py"

# By document, the beginning of each block and the file that tests it, in the order of the document.
BLOCKS = {
    "README.md": [
        ("tools/quickstart\n", "tests/tools/quickstart_test.sh"),
        ("A student learns from", "tests/tools/quickstart_table_test.py"),
        ('name: "two_layer"\n', COMMANDS),
        ("bazel-bin/tools/didact run ", COMMANDS),
        ("student {\n", "tests/cli/configs_test.cc"),
        ("# proto-message: didact.Sweep\n", COMMANDS),
        ("bazel-bin/tools/didact sweep ", COMMANDS),
        ("runs/paper/\n", COMMANDS),
        ("bazel-bin/tools/didact extend ", COMMANDS),
        ("runs/x2/\n", COMMANDS),
        ("import numpy, pandas\n", PYTHON),
        ("bazel-bin/tools/didact export ", COMMANDS),
        ("import json, numpy, pandas\n", PYTHON),
        ("import numpy, torch\n", TORCH),
        ("didact selftest --plugin=libmine.so\n", COMMANDS),
        ("didact::PluginRegistry registry;\n", "tests/embedding/host/readme_snippet_test.cc"),
    ],
    "framework/README.md": [
        ("base         status", TEXT),
        ("base <- io", TEXT),
        ("text ", TEXT),
    ],
    "framework/execution/README.md": [("run_experiment ", TEXT)],
    "framework/kernels/README.md": [("gemm.h  ", TEXT)],
    "framework/plugin/README.md": [("e.textproto: metric[1]: plugin", TEXT)],
    "plugins/README.md": [
        ("absl::Status RegisterMyStudy(", MY_STUDY),
        ("activation { [my_study/Square] {} }\n", MY_STUDY),
    ],
    "tests/embedding/out_of_tree/README.md": [
        (".../didact/tools/install sdk\n", "tests/embedding/out_of_tree/run"),
    ],
    "tests/mutation/README.md": [
        ("tests/mutation/run_mutations.py ", MUTATIONS),
        ("[[mutation]]\n", MUTATIONS),
    ],
    "tools/bench/README.md": [
        ("bazel-4 run //tools/bench -- --baseline=torch --format", BENCH),
        ("bazel-4 run //tools/bench -- --baseline=torch --benchmark_filter", BENCH),
    ],
    "tools/sdk/README.md": [
        ("export PATH=", INSTALLED),
        ("protoc --proto_path=. ", INSTALLED),
        ("g++ -O2 host.cc ", INSTALLED),
    ],
}


def blocks_of(document):
    """Returns the texts of the fenced blocks of a document."""
    with open(document, encoding="utf-8") as file:
        text = file.read()
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def unknown_flags(block, source):
    """Returns the flags in a block that do not occur in the source of the program that has them."""
    with open(source, encoding="utf-8") as file:
        text = file.read()
    commands = re.sub(r"\s#.*", "", block)
    return [flag for flag in re.findall(r"\s(--[a-z-]+)", commands) if f'"{flag}"' not in text]


def problems_of(document):
    """Returns what is wrong with the blocks of a document, a line each."""
    problems = []
    listed = BLOCKS.get(document, [])
    found = blocks_of(document)
    for block in found:
        if not any(block.startswith(beginning) for beginning, _ in listed):
            first = block.split("\n", 1)[0]
            problems.append(
                f"{document}: no test is known for the block that begins with: {first}; write one, "
                "and add it to tools/check_documents.py"
            )
    for beginning, test in listed:
        if not any(block.startswith(beginning) for block in found):
            problems.append(f"tools/check_documents.py: {document} has no block {beginning!r}")
        if test is TEXT:
            continue
        if not os.path.exists(test):
            problems.append(f"tools/check_documents.py: {test} is not there")
        elif test == MUTATIONS:
            for block in found:
                for flag in unknown_flags(block, MUTATIONS):
                    problems.append(f"{document}: {MUTATIONS} has no flag {flag}")
    return problems


def main():
    tracked = subprocess.run(
        ["git", "ls-files", "--", "README.md", "**/README.md"],
        check=True, capture_output=True, encoding="utf-8",
    ).stdout.splitlines()
    problems = [line for document in tracked for line in problems_of(document)]
    problems += [f"tools/check_documents.py: there is no {d}" for d in BLOCKS if d not in tracked]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
