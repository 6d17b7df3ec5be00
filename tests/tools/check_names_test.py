#!/usr/bin/env python3
"""tools/check_names.py against made-up headers and protos."""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.environ.get("TEST_SRCDIR", "."), "didact", "tools", "check_names.py")


class CheckNames(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)

    def _check(self, **texts):
        """Returns the script's output for files with these texts; `a_h` is the name of a.h."""
        paths = []
        for name, text in texts.items():
            paths.append(os.path.join(self._folder.name, name.replace("_", ".")))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write("namespace didact {\n" + text + "\n}\n")
        result = subprocess.run(
            [sys.executable, SCRIPT] + paths, capture_output=True, encoding="utf-8", check=False
        )
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 1 if result.stdout else 0)
        return result.stdout.replace(self._folder.name + "/", "")

    def _expect_repeated(self, first, second, name="Twice"):
        self.assertEqual(
            self._check(a_h=first, b_h=second),
            f"{name} is declared in a.h and b.h: rename one\n",
        )

    def test_finds_functions_of_one_name(self):
        self._expect_repeated("int Twice(int x);", "double Twice(double x);")

    def test_finds_functions_however_they_are_declared(self):
        for other in (
            "template <class T>\nabsl::StatusOr<std::vector<T>> Twice(const T& x,\n    int y);",
            "inline constexpr int Twice() { return 2; }",
            "[[noreturn, gnu::cold]] void Twice();",
            "const std::map<int, std::string>&\nTwice();",
            "char* Twice();",
            "template <class T,\n          class U>\nT Twice(U x);",
        ):
            with self.subTest(other):
                self._expect_repeated("int Twice(int x);", other)

    def test_finds_types_of_one_name(self):
        for other in ("struct Twice {\n};", "class Twice final : public Base {\n};", "using Twice = int;"):
            with self.subTest(other):
                self._expect_repeated("enum class Twice { kOnce };", other)

    def test_finds_a_type_and_a_function_of_one_name(self):
        self._expect_repeated("struct Twice {\n};", "int Twice();")

    def test_finds_a_message_with_the_name_of_a_type(self):
        self.assertEqual(
            self._check(a_h="struct Twice {\n};", b_proto="message Twice {\n}"),
            "Twice is declared in a.h and b.proto: rename one\n",
        )

    def test_accepts_overloads_in_one_header(self):
        self.assertEqual(self._check(a_h="int Twice(int x);\ndouble Twice(double x);"), "")

    def test_accepts_what_belongs_to_classes(self):
        self.assertEqual(
            self._check(
                a_h="class A {\n public:\n  int Size();\n  struct Part {};\n};",
                b_h="struct B {\n  int Size();\n  struct Part {};\n};\n"
                "template <class T>\nint C<T>::Size() {\n  return Twice(1);\n}",
                c_h="int Size();",
            ),
            "",
        )

    def test_accepts_uses(self):
        self.assertEqual(
            self._check(
                a_h="int Twice(int x);\nstruct Thing {\n};",
                b_h="// Twice(x) is int Twice(int x);\nclass Thing;\n#define CALL(x) \\\n"
                "  int Twice(x)\ninline int Four() {\n  return Twice(2);\n}\n"
                "constexpr int kTwo = Twice(1);",
            ),
            "",
        )


if __name__ == "__main__":
    unittest.main()
