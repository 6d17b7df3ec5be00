#!/usr/bin/env python3
"""Prints what the runs of tools/quickstart found: a row per over-realization.

Usage: quickstart_table.py DIR      DIR holds run directories x1, x2, ...
"""

import json
import pathlib
import re
import statistics
import sys

FOUND = "eval.specialization.layer0.found_0.95"
LOSS = "eval.loss"


def runs_in(folder):
    """The run directories of `folder`, as pairs (over-realization, path), in order."""
    runs = []
    for path in folder.glob("x*"):
        multiplier = re.fullmatch(r"x(\d+)", path.name)
        if multiplier and (path / "experiment.textproto").exists():
            runs.append((int(multiplier.group(1)), path))
    return sorted(runs)


def last_evaluations(run):
    """The last line of every trial's metrics.jsonl, as dictionaries."""
    evaluations = []
    for path in sorted(run.glob("trials/*/metrics.jsonl")):
        lines = path.read_text().splitlines()
        if lines:
            evaluations.append(json.loads(lines[-1]))
    return evaluations


def number_of_teacher_nodes(run):
    """The teacher's width as the resolved experiment states it."""
    text = (run / "experiment.textproto").read_text()
    return int(re.search(r"width: (\d+)", text).group(1))


def row(multiplier, run):
    """The table's row for one run directory, as text."""
    evaluations = last_evaluations(run)
    found = [evaluation[FOUND] for evaluation in evaluations]
    # A loss that is not finite is null.
    losses = [evaluation[LOSS] for evaluation in evaluations if evaluation[LOSS] is not None]
    mean = f"{statistics.mean(found):.1f}" if found else "-"
    median = f"{statistics.median(losses):.2e}" if losses else "-"
    width = multiplier * number_of_teacher_nodes(run)
    return (f"{multiplier:>12}x {width:>14} {len(evaluations):>6} {mean:>12} "
            f"{min(found, default='-'):>8} {max(found, default='-'):>6} {median:>16}")


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[1])
    runs = runs_in(folder)
    if not runs:
        print(f"{folder}: no runs", file=sys.stderr)
        return 2
    nodes = number_of_teacher_nodes(runs[0][1])
    print(f"Teacher nodes (of {nodes}) that some student node matches with a correlation above 0.95,")
    print("on inputs it was not trained on, and the loss there:")
    print()
    print("                                         nodes found, over seeds")
    print("over-realized  student nodes  seeds         mean   fewest   most      median loss")
    for multiplier, run in runs:
        print(row(multiplier, run))
    print()
    names = ", ".join(run.name for _, run in runs)
    print(f"Files: {folder}/{names}: metrics.jsonl, arrays and weights of every trial.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
