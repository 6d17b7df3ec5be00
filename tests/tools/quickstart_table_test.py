#!/usr/bin/env python3
"""tools/quickstart_table.py against made-up run directories."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.environ.get("TEST_SRCDIR", "."), "didact", "tools", "quickstart_table.py")

FOUND = "eval.specialization.layer0.found_0.95"


class QuickstartTable(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._folder = folder.name

    def _add_run(self, name, results, nodes=10):
        """A run directory; `results` are nodes found and loss after the last epoch, per seed."""
        run = os.path.join(self._folder, name)
        os.makedirs(run)
        with open(os.path.join(run, "experiment.textproto"), "w", encoding="utf-8") as file:
            file.write("teacher {\n  hidden {\n    width: %d\n  }\n}\n" % nodes)
        for seed, (found, loss) in enumerate(results, start=1):
            trial = os.path.join(run, "trials", str(seed))
            os.makedirs(trial)
            with open(os.path.join(trial, "metrics.jsonl"), "w", encoding="utf-8") as file:
                for line in ({"epoch": -1, FOUND: 0, "eval.loss": 9.0},
                             {"epoch": 0, FOUND: found, "eval.loss": loss}):
                    file.write(json.dumps(line) + "\n")

    def _table(self, *arguments):
        return subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )

    def _lines(self):
        process = self._table(self._folder)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stderr, "")
        return process.stdout.splitlines()

    def test_has_a_row_per_over_realization_in_their_order(self):
        self._add_run("x10", [(9, 0.001), (10, 0.003), (10, 0.002)])
        self._add_run("x2", [(3, 0.5)])
        lines = self._lines()
        self.assertEqual(
            lines[3:7],
            [
                "                                         nodes found, over seeds",
                "over-realized  student nodes  seeds         mean   fewest   most      median loss",
                "           2x             20      1          3.0        3      3         5.00e-01",
                "          10x            100      3          9.7        9     10         2.00e-03",
            ],
        )

    def test_explains_itself(self):
        self._add_run("x1", [(3, 0.5)], nodes=7)
        lines = self._lines()
        self.assertIn("Teacher nodes (of 7)", lines[0])
        self.assertIn("correlation above 0.95", lines[0])

    def test_ends_with_where_the_files_are(self):
        self._add_run("x1", [(3, 0.5)])
        self._add_run("x5", [(3, 0.5)])
        self.assertEqual(
            self._lines()[-1],
            f"Files: {self._folder}/x1, x5: metrics.jsonl, arrays and weights of every trial.",
        )

    def test_columns_line_up(self):
        self._add_run("x1", [(3, 0.5), (4, 123.0)])
        self._add_run("x10", [(10, 1e-12)])
        lines = self._lines()
        header = lines[4]
        for title in ("over-realized", "student nodes", "seeds", "mean", "fewest", "most", "loss"):
            end = header.index(title) + len(title)
            for line in lines[5:7]:
                self.assertNotEqual(line[end - 1], " ", f"nothing below the end of {title}")
                self.assertIn(line[end:end + 1], ("", " "), f"sticks out behind {title}")
        self.assertLessEqual(max(len(line) for line in lines[:7]), 100)

    def test_shows_a_run_whose_every_loss_diverged(self):
        self._add_run("x1", [(0, None), (0, None)])
        self.assertEqual(
            self._lines()[5],
            "           1x             10      2          0.0        0      0                -",
        )

    def test_leaves_out_trials_without_an_evaluation(self):
        self._add_run("x1", [(3, 0.5), (5, 0.5)])
        with open(os.path.join(self._folder, "x1", "trials", "2", "metrics.jsonl"), "w"):
            pass
        self.assertIn("      1          3.0 ", self._lines()[5])

    def test_ignores_what_is_no_run(self):
        self._add_run("x1", [(3, 0.5)])
        os.makedirs(os.path.join(self._folder, "xyz"))
        with open(os.path.join(self._folder, "x7"), "w", encoding="utf-8"):
            pass
        self.assertEqual(len(self._lines()), 8)

    def test_refuses_a_folder_without_runs(self):
        process = self._table(self._folder)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(process.stdout, "")
        self.assertEqual(process.stderr, f"{self._folder}: no runs\n")

    def test_wants_one_folder(self):
        for arguments in ([], ["a", "b"]):
            process = self._table(*arguments)
            self.assertEqual(process.returncode, 2)
            self.assertIn("Usage: quickstart_table.py DIR", process.stderr)


if __name__ == "__main__":
    unittest.main()
