#!/usr/bin/env python3
"""The Python of README.md that exchanges weights with PyTorch; skipped where PyTorch is not installed.

A student that is copied into PyTorch must have the same outputs there, and back again the same bits.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian's python3-torch)")
    if "XML_OUTPUT_FILE" in os.environ:
        with open(os.environ["XML_OUTPUT_FILE"], "w", encoding="utf-8") as results:
            results.write(
                '<testsuites><testsuite name="ReadmeTorch"><testcase name="needs PyTorch">'
                '<skipped message="PyTorch is not installed"/></testcase></testsuite></testsuites>'
            )
    sys.exit(0)

TREE = os.path.join(os.path.abspath(os.environ.get("TEST_SRCDIR", ".")), "didact")
TOOL = os.path.join(TREE, "tools", "didact")
README = os.path.join(TREE, "README.md")

# A student that learns labels, so that its loss can be computed from its outputs alone.
EXPERIMENT = """
name: "x2"
train_data { [didact/NpyDataset] { inputs: "inputs.npy" labels: "labels.npy" } }
eval_data { [didact/NpyDataset] { inputs: "inputs.npy" labels: "labels.npy" } }
student {
  HIDDEN
  outputs: OUTPUTS
  initializer { [didact/UniformFanIn] {} }
}
loss { [didact/HalfSquaredError] { target: LABELS } }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.1 } } } }
training { epochs: 100 batch_size: 30 }
metric { [didact/Loss] {} }
"""
SAMPLES = 60
FROM_FILE = 'student.initializer=[{ [didact/NpzWeights] { path: "model.npz" prefix: "student." } }]'


def snippet():
    with open(README, encoding="utf-8") as file:
        found = re.findall(r"^```python\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    (text,) = [text for text in found if "torch" in text]
    return text


def last_loss(run):
    with open(f"{run}/trials/1/metrics.jsonl", encoding="utf-8") as file:
        return json.loads(file.readlines()[-1])["eval.loss"]


class ReadmeTorch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)

    def _run(self, *arguments):
        subprocess.run([TOOL, "run", "x2.textproto", "--quiet", *arguments], check=True)

    def _exchange(self, text, hidden, shape, outputs):
        """Trains a student, runs the Python on it, and checks what it leaves."""
        generator = numpy.random.default_rng(1)
        inputs = generator.standard_normal((SAMPLES, *shape))
        labels = generator.integers(0, outputs, SAMPLES)
        numpy.save("inputs.npy", inputs)
        numpy.save("labels.npy", labels)
        with open("x2.textproto", "w", encoding="utf-8") as file:
            file.write(EXPERIMENT.replace("HIDDEN", hidden).replace("OUTPUTS", str(outputs)))
        self._run("--out=runs/x2")
        names = {}
        exec(compile(text, README, "exec"), names)
        model = names["model"].eval()
        with torch.no_grad():
            difference = model(torch.from_numpy(inputs)).numpy() - numpy.eye(outputs)[labels]
        loss = 0.5 * (difference**2).sum(axis=1).mean()
        self.assertAlmostEqual(last_loss("runs/x2"), loss, delta=1e-12 * loss)
        self.assertLess(loss, 0.45)    # it has learned

        # Back in Didact, the student has the same bits, and so it is evaluated to the same loss.
        self._run("--out=runs/back", "--set=training.epochs=0", "--set", FROM_FILE)
        self.assertEqual(last_loss("runs/back"), last_loss("runs/x2"))
        trained = numpy.load("runs/x2/trials/1/weights/epoch_0099.npz")
        back = numpy.load("runs/back/trials/1/weights/epoch_-001.npz")
        self.assertEqual(set(back.files), set(trained.files))
        for name in trained.files:
            self.assertEqual(back[name].tobytes(), trained[name].tobytes(), name)

    def test_exchanges_the_student_of_the_text(self):
        self._exchange(snippet(), "hidden { width: 40 activation { [didact/Relu] {} } }", (100,), 50)

    def test_exchanges_convolutions_and_normalizations(self):
        text, count = re.subn(
            r"model = .*\nlayers = .*\n",
            "model = torch.nn.Sequential(\n"
            "    torch.nn.Conv2d(2, 4, 3), torch.nn.ReLU(), torch.nn.BatchNorm2d(4),\n"
            "    torch.nn.Flatten(), torch.nn.Linear(4 * 4 * 5, 3)).double()\n"
            "layers = {'0': 'student.0', '2': 'student.0.bn', '4': 'student.1'}\n", snippet())
        self.assertEqual(count, 1)
        hidden = "hidden { width: 4 conv { kernel: 3 } activation { [didact/Relu] {} } batch_norm {} }"
        self._exchange(text, hidden, (2, 6, 7), 3)


if __name__ == "__main__":
    unittest.main()
