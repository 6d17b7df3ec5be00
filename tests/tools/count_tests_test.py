#!/usr/bin/env python3
"""tools/count_tests.py against made-up runs, one for each way a test can end."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.environ.get("TEST_SRCDIR", "."), "didact", "tools", "count_tests.py")

PASSING = '<testcase name="Works" classname="Suite" status="run" result="completed"/>'
FAILING = '<testcase name="Fails" classname="Suite" status="run"><failure message="no"/></testcase>'
DISABLED = '<testcase name="DISABLED_Off" classname="Suite" status="notrun" result="suppressed"/>'
SKIPPED = '<testcase name="Skips" classname="Suite" status="run" result="skipped"><skipped/></testcase>'
# Bazel writes this for a program that left no test.xml.
CRASHED = '<testcase name="tests/crash" status="run"><error message="exited with error code 134"/></testcase>'


class CountTests(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self._events = []
        self._files = 0

    def _path(self, name):
        return os.path.join(self._folder.name, name)

    def _add_program(self, label, status="PASSED", cases=None, text=None, **key):
        """A test program that ran; `cases` are testcase elements, None for no file."""
        self._add_target(label)
        outputs = []
        if text is None and cases is not None:
            text = "<testsuites><testsuite>" + "".join(cases) + "</testsuite></testsuites>"
        if text is not None:
            self._files += 1
            xml_path = self._path("a test %d.xml" % self._files)
            with open(xml_path, "w", encoding="utf-8") as file:
                file.write(text)
            outputs.append({"name": "test.xml", "uri": "file://" + xml_path.replace(" ", "%20")})
        self._events.append(
            {
                "id": {"testResult": dict(label=label, **key)},
                "testResult": {"status": status, "testActionOutput": outputs},
            }
        )

    def _add_target(self, label, built=True, scheduled=True, size="SMALL"):
        configured = {"targetKind": "rule"}
        if size:
            configured["testSize"] = size
        self._events.append({"id": {"targetConfigured": {"label": label}}, "configured": configured})
        children = [{"testSummary": {"label": label}}] if built and scheduled else []
        self._events.append(
            {
                "id": {"targetCompleted": {"label": label}},
                "children": children,
                "completed": {"success": True} if built else {},
            }
        )

    def _write_run(self, exit_code, name="run.json"):
        if exit_code is not None:
            self._events.append(
                {
                    "id": {"buildFinished": {}},
                    "finished": {"exitCode": {"code": exit_code} if exit_code else {}},
                }
            )
        path = self._path(name)
        with open(path, "w", encoding="utf-8") as file:
            for event in self._events:
                file.write(json.dumps(event) + "\n")
        self._events = []
        return path

    def _expect(self, last_line, *paths, code):
        process = subprocess.run(
            [sys.executable, SCRIPT, *paths], stdout=subprocess.PIPE, encoding="utf-8", check=False
        )
        self.assertEqual(process.stdout.splitlines()[-1], last_line, process.stdout)
        self.assertEqual(process.returncode, code)
        return process.stdout

    def test_counts_cases_not_programs(self):
        self._add_program("//a:a", cases=[PASSING, PASSING])
        self._add_program("//a:b", cases=[PASSING])
        self._expect("3 passed, 0 failed", self._write_run(0), code=0)

    def test_counts_failed_cases_beside_passed_ones(self):
        self._add_program("//a:a", "FAILED", [PASSING, FAILING, FAILING])
        output = self._expect("1 passed, 2 failed", self._write_run(3), code=1)
        self.assertIn("//a:a Suite.Fails", output)

    def test_does_not_count_disabled_or_skipped_cases_as_passed(self):
        self._add_program("//a:a", cases=[PASSING, DISABLED, SKIPPED])
        output = self._expect("1 passed, 0 failed", self._write_run(0), code=0)
        self.assertIn("Suite.Skips", output)
        self.assertIn("Suite.DISABLED_Off", output)

    def test_counts_a_crash_reported_by_bazel_once(self):
        self._add_program("//a:a", "FAILED", [CRASHED])
        self._expect("0 passed, 1 failed", self._write_run(3), code=1)

    def test_counts_a_program_that_fails_after_its_last_case(self):
        self._add_program("//a:leaks", "FAILED", [PASSING])
        output = self._expect("1 passed, 1 failed", self._write_run(3), code=1)
        self.assertIn("//a:leaks: FAILED", output)

    def test_counts_a_timeout_without_a_file(self):
        self._add_program("//a:a", "TIMEOUT")
        self._expect("0 passed, 1 failed", self._write_run(3), code=1)

    def test_counts_a_program_without_cases_as_failed(self):
        self._add_program("//a:a", "PASSED", [])
        self._expect("0 passed, 1 failed", self._write_run(0), code=1)

    def test_counts_a_passed_program_without_a_file_as_failed(self):
        self._add_program("//a:a", "PASSED")
        self._expect("0 passed, 1 failed", self._write_run(0), code=1)

    def test_counts_an_unreadable_file_as_failed(self):
        self._add_program("//a:a", "PASSED", text="<testsuites><testsuite>")
        self._expect("0 passed, 1 failed", self._write_run(0), code=1)

    def test_counts_a_test_that_did_not_build(self):
        self._add_program("//a:a", cases=[PASSING])
        self._add_target("//a:broken", built=False)
        output = self._expect("1 passed, 1 failed", self._write_run(1), code=1)
        self.assertIn("//a:broken: not built or not run", output)

    def test_counts_a_program_that_did_not_build_though_it_is_no_test(self):
        self._add_program("//a:a", cases=[PASSING])
        self._add_target("//a:tool", built=False, size=None)
        self._expect("1 passed, 1 failed", self._write_run(1), code=1)

    def test_ignores_tests_that_filters_left_out(self):
        self._add_program("//a:a", cases=[PASSING])
        self._add_target("//a:filtered", scheduled=False)
        self._expect("1 passed, 0 failed", self._write_run(0), code=0)

    def test_counts_every_shard_and_the_last_attempt(self):
        self._add_program("//a:a", cases=[PASSING], shard=1)
        self._add_program("//a:a", "FAILED", [FAILING], shard=2, attempt=1)
        self._add_program("//a:a", cases=[PASSING, PASSING], shard=2, attempt=2)
        self._expect("3 passed, 0 failed", self._write_run(0), code=0)

    def test_counts_a_run_that_failed_before_any_test(self):
        self._expect("0 passed, 1 failed", self._write_run(1), code=1)

    def test_counts_an_interrupted_run_as_failed(self):
        self._add_program("//a:a", cases=[PASSING])
        self._expect("1 passed, 1 failed", self._write_run(None), code=1)

    def test_reads_what_stands_before_a_line_that_is_cut_off(self):
        self._add_program("//a:a", cases=[PASSING])
        path = self._write_run(None)
        with open(path, "a", encoding="utf-8") as file:
            file.write('{"id": {"buildFin')
        self._expect("1 passed, 1 failed", path, code=1)

    def test_adds_several_runs(self):
        self._add_program("//a:a", cases=[PASSING])
        first = self._write_run(0, "first.json")
        self._add_program("//a:a", "FAILED", [PASSING, FAILING])
        second = self._write_run(3, "second.json")
        self._expect("2 passed, 1 failed", first, second, code=1)

    def test_counts_a_missing_record_as_failed(self):
        self._expect("0 passed, 1 failed", self._path("absent.json"), code=1)

    def test_counts_no_run_at_all_as_failed(self):
        self._expect("0 passed, 1 failed", code=1)


if __name__ == "__main__":
    unittest.main()
