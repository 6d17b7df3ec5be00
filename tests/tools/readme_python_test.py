#!/usr/bin/env python3
"""The Python of README.md, on a run and a sweep that are smaller than those of its text.

That for PyTorch is tested by readme_torch_test.py. What the Python reads is compared, bit by bit, with what Python's own json and csv modules read.
"""

import contextlib
import csv
import io
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest

TREE = os.path.join(os.path.abspath(os.environ.get("TEST_SRCDIR", ".")), "didact")
TOOL = os.path.join(TREE, "tools", "didact")
README = os.path.join(TREE, "README.md")

EXPERIMENT = """
name: "x2"
seed { first: 1 last: 2 }
train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
eval_data { [didact/GaussianInputs] { dimension: 6 size: 50 } }
teacher {
  hidden { width: 4 activation { [didact/Relu] {} } }
  outputs: 3
  initializer { [didact/GaussianWeights] { stddev: 1 } }
  initializer { [didact/DecayFanOut] { exponent: 1 } }
}
student { width_multiplier: 2 initializer { [didact/GaussianWeights] { stddev: 0.3 } } }
loss { [didact/HalfSquaredError] {} }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.05 } } } }
training { epochs: 100 batch_size: 8 with_replacement { steps_per_epoch: 5 } }
metric { [didact/Loss] {} }
metric { [didact/Specialization] { threshold: [0.5, 0.95] } }
"""

# The labels are texts that pandas takes for missing values if it is not told otherwise.
SWEEP = """
name: "paper"
base_path: "x2.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] name: "multiplier" }
axis { field: "teacher.hidden[0].width" value: ["3", "4"] }
axis { field: "teacher.initializer[1].exponent" value: ["0", "0.5"] label: ["NA", "null"] }
"""


def snippets():
    with open(README, encoding="utf-8") as file:
        found = re.findall(r"^```python\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    return [snippet for snippet in found if "torch" not in snippet]


def bits(number):
    return struct.pack("<d", float(number))


class ReadmePython(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._folder.cleanup)
        os.chdir(cls._folder.name)
        os.environ["MPLBACKEND"] = "Agg"
        os.environ["MPLCONFIGDIR"] = cls._folder.name
        with open("x2.textproto", "w", encoding="utf-8") as file:
            file.write(EXPERIMENT)
        with open("paper.textproto", "w", encoding="utf-8") as file:
            file.write(SWEEP)
        for command in (
                ["run", "x2.textproto", "--out=runs/x2", "--quiet"],
                ["sweep", "paper.textproto", "--out=runs/paper", "--set=training.epochs=3",
                 "--quiet"],
                ["export", "runs/paper", "--out=paper.csv"],
                ["export", "runs/paper", "--format=npz", "--out=paper"],
        ):
            subprocess.run([TOOL, *command], check=True)
        cls._names = {}
        cls._printed = io.StringIO()
        with contextlib.redirect_stdout(cls._printed):
            for snippet in snippets():
                exec(compile(snippet, README, "exec"), cls._names)

    def test_readme_has_two_snippets(self):
        self.assertEqual(len(snippets()), 2)

    def test_reads_the_numbers_of_metrics_exactly(self):
        metrics = self._names["metrics"]
        with open("runs/x2/trials/1/metrics.jsonl", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(len(metrics), len(lines))
        compared = 0
        for row, line in enumerate(lines):
            for key, value in line.items():
                if not isinstance(value, (int, float)):
                    continue
                self.assertEqual(bits(metrics[key][row]), bits(value), (row, key))
                compared += isinstance(value, float)
        self.assertGreater(compared, 100)

    def test_reads_the_numbers_of_a_table_exactly(self):
        table = self._names["table"]
        with open("paper.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(table), len(rows))
        for row, cells in enumerate(rows):
            for key in ("epoch", "train.loss", "eval.loss"):
                self.assertEqual(bits(table[key][row]), bits(cells[key] or "nan"), (row, key))

    def test_keeps_values_of_axes_that_look_as_if_they_were_missing(self):
        self.assertEqual(set(self._names["table"]["exponent.label"]), {"NA", "null"})
        self.assertEqual(set(self._names["last"]["exponent.label"]), {"NA", "null"})

    def test_prints_and_draws_what_the_text_says(self):
        printed = self._printed.getvalue()
        self.assertTrue(printed.startswith(
            "experiment multiplier width exponent exponent.label seed status epoch step train.loss "),
            printed)
        # The axes of each of the eight experiments.
        self.assertEqual(printed.count("'exponent.label': 'NA'"), 4, printed)
        self.assertGreater(os.path.getsize("found.png"), 1000)

    def test_reads_arrays(self):
        # [seed, array_epoch, teacher, student] of the last experiment.
        self.assertEqual(self._names["correlation"].shape[0], 2)
        self.assertEqual(self._names["correlation"].shape[2:], (4, 8))


if __name__ == "__main__":
    unittest.main()
