#!/usr/bin/env python3
"""tools/quickstart_table.py on made-up exports."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

TREE = os.path.join(os.environ.get("TEST_SRCDIR", "."), "didact")
SCRIPT = os.path.join(TREE, "tools", "quickstart_table.py")
README = os.path.join(TREE, "README.md")

FOUND = "eval.specialization.layer0.found_0.95"


class QuickstartTable(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._sweep = os.path.join(folder.name, "sweep.textproto")
        self._write_sweep(10)
        self._trials = []

    def _write_sweep(self, nodes):
        with open(self._sweep, "w", encoding="utf-8") as file:
            file.write(
                "base {\n  train_data {\n    [x] {\n      width: 3\n    }\n  }\n"
                "  teacher {\n    hidden {\n      width: %d\n    }\n  }\n"
                "  student {\n    hidden {\n      width: 4\n    }\n  }\n}\n" % nodes)

    def _add(self, multiplier, results):
        """Trials; `results` are nodes found and loss after the last epoch, per seed."""
        for seed, (found, loss) in enumerate(results, start=1):
            self._trials.append({"multiplier": multiplier, "seed": seed, "epoch": 11, FOUND: found,
                                 "eval.loss": loss})

    def _table(self, *arguments):
        return subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            input="".join(json.dumps(trial) + "\n" for trial in self._trials),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )

    def _lines(self):
        process = self._table(self._sweep)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stderr, "")
        return process.stdout.splitlines()

    def test_has_a_row_per_over_realization_in_their_order(self):
        self._add(10, [(9, 0.001), (10, 0.006), (10, 0.002)])
        self._add(2, [(3, 0.5)])
        self.assertEqual(
            self._lines()[6:],
            [
                "                                         nodes found, over seeds",
                "over-realized  student nodes  seeds         mean   fewest   most    median loss",
                "           2x             20      1          3.0        3      3       5.00e-01",
                "          10x            100      3          9.7        9     10       2.00e-03",
            ],
        )

    def test_says_what_its_words_mean(self):
        self._write_sweep(7)
        self._add(1, [(3, 0.5)])
        caption = "\n".join(self._lines()[:5])
        self.assertIn("a teacher that has 7 hidden nodes", caption)
        for word in ("found ", "over-realized ", "loss "):
            self.assertIn("\n" + word, caption)
        self.assertIn("correlates with its own above 0.95", caption)

    def test_is_the_table_of_the_readme(self):
        self._write_sweep(20)
        self._add(1, [(3, 0.5)])
        with open(README, encoding="utf-8") as file:
            self.assertIn("\n".join(self._lines()[:8]), file.read())

    def test_fits_a_terminal(self):
        self._add(1, [(3, 0.5)])
        self.assertLessEqual(max(len(line) for line in self._lines()), 80)

    def test_columns_line_up(self):
        self._add(1, [(3, 0.5), (4, 123.0)])
        self._add(10, [(10, 1e-12)])
        header, *rows = self._lines()[7:]
        self.assertEqual(len(rows), 2)
        for title in ("over-realized", "student nodes", "seeds", "mean", "fewest", "most", "loss"):
            end = header.index(title) + len(title)
            for line in rows:
                self.assertNotEqual(line[end - 1], " ", f"nothing below the end of {title}")
                self.assertIn(line[end:end + 1], ("", " "), f"sticks out behind {title}")

    def test_rounds_widths_down_as_the_tool_does(self):
        self._write_sweep(100)
        self._add(1.15, [(3, 0.5)])
        self.assertIn("1.15x            115 ", self._lines()[8])

    def test_shows_trials_whose_every_loss_diverged(self):
        self._add(1, [(0, None), (0, None)])
        self.assertEqual(
            self._lines()[8:],
            ["           1x             10      2          0.0        0      0              -"],
        )

    def test_leaves_out_trials_without_an_evaluation(self):
        self._add(1, [(3, 0.5)])
        self._trials.append({"multiplier": 1, "seed": 2, "status": "unfinished"})
        self.assertIn("      1          3.0 ", self._lines()[8])

    def test_refuses_an_export_without_evaluations(self):
        process = self._table(self._sweep)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(process.stdout, "")
        self.assertEqual(process.stderr, "quickstart_table: no trial has an evaluation\n")

    def test_wants_one_sweep(self):
        for arguments in ([], ["a", "b"]):
            process = self._table(*arguments)
            self.assertEqual(process.returncode, 2)
            self.assertIn("Usage: didact export DIR", process.stderr)


if __name__ == "__main__":
    unittest.main()
