#!/usr/bin/env python3
"""tools/check_documents.py against made-up documents."""

import importlib.util
import os
import tempfile
import unittest

TREE = os.path.join(os.path.abspath(os.environ.get("TEST_SRCDIR", ".")), "didact")


def load():
    path = os.path.join(TREE, "tools", "check_documents.py")
    spec = importlib.util.spec_from_file_location("check_documents", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class CheckDocuments(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        self.addCleanup(os.chdir, TREE)
        self._module = load()

    def _problems(self, listed, text):
        with open("README.md", "w", encoding="utf-8") as file:
            file.write(text)
        self._module.BLOCKS = {"README.md": listed}
        return self._module.problems_of("README.md")

    def test_accepts_blocks_that_are_listed(self):
        with open("some_test.py", "w", encoding="utf-8") as file:
            file.write("")
        listed = [("run this\n", "some_test.py"), ("a drawing\n", self._module.TEXT)]
        text = "```\nrun this\n```\n\ntext\n\n```\na drawing\nof two lines\n```\n"
        self.assertEqual(self._problems(listed, text), [])

    def test_finds_a_block_without_a_test(self):
        (problem,) = self._problems([], "text\n\n```python\nimport numpy\n```\n")
        self.assertIn("no test is known for the block that begins with: import numpy", problem)

    def test_finds_a_test_that_is_not_there(self):
        (problem,) = self._problems([("a\n", "gone_test.py")], "```\na\n```\n")
        self.assertIn("gone_test.py is not there", problem)

    def test_finds_a_block_that_is_not_there(self):
        (problem,) = self._problems([("a\n", self._module.TEXT)], "text\n")
        self.assertIn("README.md has no block 'a\\n'", problem)

    def test_finds_a_flag_that_the_program_does_not_have(self):
        with open("program.py", "w", encoding="utf-8") as file:
            file.write('add_argument("--list")')
        block = "program.py --list=a --lost=b   # not --this\n"
        self.assertEqual(self._module.unknown_flags(block, "program.py"), ["--lost"])


if __name__ == "__main__":
    unittest.main()
