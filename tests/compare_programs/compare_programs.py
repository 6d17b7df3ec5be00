#!/usr/bin/env python3
"""Runs two builds of the tool on the same configs and compares all that they leave, byte for byte.

Usage: compare_programs.py OLD NEW [--keep DIR]

  OLD, NEW     programs `didact`, such as that of the last release and bazel-bin/tools/didact
  --keep DIR   leaves the run folders in DIR, which must not be there yet

It runs all configs in tools/configs and beside this script, cut to 2 epochs and 2 seeds, and those
that `//tests/parity:write_case_configs`, which must be built, writes, uncut; each in both precisions.
Configs that OLD refuses, because they use what is new, are left out and named.
Each run is exported, too, and those that are cut are extended by a seed. The files of both programs
must be equal, but for provenance.json and index.jsonl (times, command lines), checkpoints
(they name the release) and, in *.textproto, fields that only the new program writes because they have a default,
and the folder didact/ before the name of the .proto file.

The exit code is 0 if all are equal.
"""

import argparse
import filecmp
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CUT = ["--set=training.epochs=2", "--set=seed.last={last}"]
SMALLER = {
    "convolutional": ["--set=train_data.size=640", "--set=eval_data.size=200"],
    "fashion_mnist": ["--set=train_data.size=1600", "--set=eval_data.size=300"],
    "multi_layer": ["--set=train_data.size=1600", "--set=eval_data.size=300"],
    "multi_layer_sweep": ["--set=train_data.size=640", "--set=eval_data.size=100"],
    "small_multi_layer_sweep": ["--set=train_data.size=640", "--set=eval_data.size=100"],
}
NOT_COMPARED = {"provenance.json", "index.jsonl", "checkpoint.pb"}


def is_sweep(config):
    return "proto-message: didact.Sweep" in config.read_text(encoding="utf-8")


def shipped_runs():
    """Yields (name, config, arguments) of each run that is compared."""
    folders = [ROOT / "tools/configs", ROOT / "tests/compare_programs"]
    configs = [(folder, path) for folder in folders for path in sorted(folder.rglob("*.textproto"))]
    for folder, config in configs:
        name = "-".join(config.relative_to(folder).with_suffix("").parts)
        text = config.read_text(encoding="utf-8")
        first = 3 if "first: 3" in text else 1
        for precision in ("DOUBLE", "FLOAT"):
            cut = [argument.format(last=first + 1) for argument in CUT]
            arguments = [*cut, f"--set=precision={precision}", *SMALLER.get(config.stem, [])]
            yield f"{name}-{precision.lower()}", config, arguments


def parity_runs(folder):
    program = ROOT / "bazel-bin/tests/parity/write_case_configs"
    if not program.exists():
        sys.exit(f"{program}: does not exist; build //tests/parity:write_case_configs")
    folder.mkdir()
    subprocess.run([program, folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for config in sorted(folder.rglob("experiment.textproto")):
        for precision in ("DOUBLE", "FLOAT"):
            yield (f"parity-{config.parent.name}-{precision.lower()}", config,
                   [f"--set=precision={precision}"])


def run_tool(tool, arguments):
    result = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL)
    # The results of diverged trials are compared too.
    if result.returncode not in (0, 1):
        sys.exit(f"{tool} {' '.join(map(str, arguments))}: {result.stderr}")


def refuses(tool, config, arguments):
    return subprocess.run([tool, "validate", config, *arguments], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL).returncode != 0


def run_all(tool, name, config, arguments, folder):
    """Writes the results of one program for one run: the run, extended, and its tables."""
    out = folder / name
    run_tool(tool, ["sweep" if is_sweep(config) else "run", config, f"--out={out}", *arguments])
    run_tool(tool, ["export", out, f"--out={folder / name}.csv"])
    run_tool(tool, ["export", out, "--format=npz", f"--out={folder / name}.npz"])
    last = next((a for a in arguments if a.startswith("--set=seed.last=")), None)
    if last:
        run_tool(tool, ["extend", out, f"--set=seed.last={int(last.rpartition('=')[2]) + 1}"])


def files_below(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")
            if path.is_file() and path.name not in NOT_COMPARED}


def lacks_only_defaults(old, new):
    """Returns True if the new config contains each line of the old one, in the same order."""
    old_lines, new_lines = (
        path.read_text(encoding="utf-8").replace("proto-file: didact/", "proto-file: ").splitlines()
        for path in (old, new))
    lines = iter(new_lines)
    return all(line in lines for line in old_lines)


def differences(old, new):
    """Yields the differences of two folders, one for each file."""
    in_old, in_new = files_below(old), files_below(new)
    yield from (f"{path}: only the old program writes it" for path in sorted(in_old - in_new))
    yield from (f"{path}: only the new program writes it" for path in sorted(in_new - in_old))
    for path in sorted(in_old & in_new):
        if filecmp.cmp(old / path, new / path, shallow=False):
            continue
        if path.suffix != ".textproto" or not lacks_only_defaults(old / path, new / path):
            yield f"{path}: differs"


def compare(tools, folder):
    count, wrong = 0, 0
    for name, config, arguments in [*shipped_runs(), *parity_runs(folder / "cases")]:
        if refuses(tools[0], config, arguments):
            print(f"{name}: left out, the old program refuses it", flush=True)
            continue
        folders = [folder / "old", folder / "new"]
        for tool, below in zip(tools, folders):
            # Both programs use the same folder name, because configs may contain its path.
            work = folder / "runs"
            work.mkdir()
            run_all(tool, name, config, arguments, work)
            below.mkdir(exist_ok=True)
            work.rename(below / name)
        different = list(differences(*(below / name for below in folders)))
        files = len(files_below(folders[0] / name))
        print(f"{name}: {files} files, {len(different)} different", flush=True)
        for line in different[:10]:
            print(f"  {line}")
        count += files
        wrong += len(different)
    print(f"{count} files, {wrong} different")
    return 1 if wrong or not count else 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    tools = [os.path.abspath(arguments.old), os.path.abspath(arguments.new)]
    if arguments.keep:
        arguments.keep.mkdir(parents=True)
        return compare(tools, arguments.keep.resolve())
    with tempfile.TemporaryDirectory(prefix="didact-compare-") as folder:
        return compare(tools, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
