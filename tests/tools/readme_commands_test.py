#!/usr/bin/env python3
"""The commands of README.md, unchanged, on smaller versions of the configs that they name."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

TREE = os.path.join(os.path.abspath(os.environ.get("TEST_SRCDIR", ".")), "didact")
TOOL = os.path.join(TREE, "tools", "didact")
LIBRARY = os.path.join(TREE, "tests", "cli", "libmy_study.so")
CONFIGS = os.path.join(TREE, "tools", "configs")
PAPER = os.path.join("tools", "configs", "paper")
# Two seeds, few samples and few steps. The number of epochs stays, since files are named after it.
SMALLER = [
    (r"seed \{ first: 1 last: 32 \}", "seed { first: 1 last: 2 }"),
    (r"size: 10000", "size: 40"),
    (r"steps_per_epoch: 1000", "steps_per_epoch: 2"),
]

with open(os.path.join(TREE, "README.md"), encoding="utf-8") as readme:
    README = readme.read()


def blocks():
    """Returns the blocks without a language: commands, configs and listings."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for language, text in found if not language]


def block(beginning):
    """Returns the only block that begins so."""
    (found,) = [text for text in blocks() if text.startswith(beginning)]
    return found


def listed_names(tree):
    """Returns the names at the beginnings of the lines of a listing of a folder, with their folders."""
    names = []
    folders = []
    for line in tree.splitlines():
        match = re.match(r"( *)([^ ]+)", line)
        if match is None or "/" not in match[2] and "." not in match[2]:
            continue
        depth = len(match[1]) // 2
        folders = folders[:depth]
        names.append("".join(folders) + match[2])
        if match[2].endswith("/"):
            folders.append(match[2])
    return names


class ReadmeCommands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        os.chdir(folder.name)
        shutil.copytree(CONFIGS, "tools/configs", copy_function=shutil.copyfile)
        os.makedirs("bazel-bin/tools")
        os.symlink(os.path.realpath(TOOL), "bazel-bin/tools/didact")
        os.environ["PATH"] = os.path.abspath("bazel-bin/tools") + ":" + os.environ["PATH"]
        with open(os.path.join(PAPER, "two_layer.textproto"), encoding="utf-8") as file:
            cls._published = text = file.read()
        for pattern, replacement in SMALLER:
            text, count = re.subn(pattern, replacement, text)
            assert count > 0, pattern
        with open(os.path.join(PAPER, "two_layer.textproto"), "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.path.join(PAPER, "two_layer_sweep.textproto"), encoding="utf-8") as file:
            sweep = file.read()
        with open("larger_sweep.textproto", "w", encoding="utf-8") as file:
            larger = sweep.replace('"two_layer.textproto"', f'"{PAPER}/two_layer.textproto"')
            file.write(larger.replace('"2.5"', '"2.5", "3"'))
        # The names that the section on plugins uses.
        shutil.copyfile(LIBRARY, "libmine.so")
        shutil.copyfile(os.path.join(PAPER, "two_layer.textproto"), "experiment.textproto")

    def _run(self, command):
        result = subprocess.run(
            ["bash", "-c", command], stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", check=False,
        )
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    # A single test, since commands read what earlier ones have written.
    def test_work_in_their_order(self):
        commands = [
            line for text in blocks() for line in text.splitlines()
            if line.startswith(("bazel-bin/tools/didact ", "didact "))
        ]
        self.assertEqual(len(commands), 12, commands)
        for command in commands:
            with self.subTest(command):
                printed = self._run(command)
                if " export " not in command or "--out" not in command:
                    self.assertNotEqual(printed, "")
            if " extend " in command or " export " in command:
                continue
            # The listings are those of the run and the sweep before they are extended.
            if "--out=runs/x2" in command:
                self._expect_listed("runs/x2/\n")
            if "--out=runs/paper" in command:
                self._expect_listed("runs/paper/\n")
        self.assertTrue(os.path.exists("runs/x2/trials/64/arrays/epoch_0199.npz"))
        self.assertTrue(os.path.exists("paper/manifest.json"))
        self.assertGreater(os.path.getsize("paper.csv"), 1000)

    def _expect_listed(self, beginning):
        names = listed_names(block(beginning))
        self.assertGreater(len(names), 3)
        for name in names:
            self.assertTrue(os.path.exists(name), f"{name} of the listing is not there")

    def test_configs_are_those_of_the_files(self):
        with open("readme.textproto", "w", encoding="utf-8") as file:
            file.write(block('name: "two_layer"\n'))
        with open("published.textproto", "w", encoding="utf-8") as file:
            file.write(self._published)
        smaller = "--set=seed.last=1 --set=training.epochs=1 --set=train_data.size=40 --quiet"
        for name in ("readme", "published"):
            self._run(f"didact run {name}.textproto {smaller} --set=eval_data.size=40 --out={name}")
        texts = []
        for name in ("readme", "published"):
            with open(f"{name}/experiment.textproto", encoding="utf-8") as file:
                texts.append(file.read())
        self.assertEqual(texts[0], texts[1])

    def test_the_sweep_is_that_of_the_file(self):
        with open(os.path.join(PAPER, "two_layer_sweep.textproto"), encoding="utf-8") as file:
            published = file.read()
        def words(text):
            return re.sub(r"#.*", "", text).split()
        self.assertEqual(words(block("# proto-message: didact.Sweep\n")), words(published))

    def test_flags_in_the_text_exist(self):
        found = 0
        for command, rest in re.findall(r"`(?:mpirun[^`]* )?didact ([a-z]+)\b([^`]*)`", README):
            text = self._run(f"didact {command} --help")
            for flag in re.findall(r"--[a-z-]+", rest):
                self.assertIn(flag, text, command)
                found += 1
        self.assertGreater(found, 3)

    def test_the_help_names_all_commands_of_the_text(self):
        text = self._run("didact help")
        for command in re.findall(r"^\| `didact ([a-z]+)", README, re.MULTILINE):
            self.assertIn(f"  {command} ", text)


if __name__ == "__main__":
    unittest.main()
