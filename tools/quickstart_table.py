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


def row(run):
    """The table's row for one run directory, as text."""
    evaluations = last_evaluations(run)
    found = [evaluation[FOUND] for evaluation in evaluations]
    losses = [evaluation[LOSS] for evaluation in evaluations if evaluation[LOSS] is not None]
    multiplier = int(run.name[1:])
    width = multiplier * number_of_teacher_nodes(run)
    return (f"{multiplier:>13}x {width:>14} {len(evaluations):>6} "
            f"{statistics.mean(found):>12.1f} {min(found):>8} {max(found):>6} "
            f"{statistics.median(losses):>16.2e}")


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[1])
    runs = sorted(folder.glob("x*"), key=lambda run: int(run.name[1:]))
    if not runs:
        print(f"{folder}: no runs", file=sys.stderr)
        return 2
    nodes = number_of_teacher_nodes(runs[0])
    print(f"Teacher nodes (of {nodes}) that some student node matches with a correlation above 0.95,")
    print("on inputs it was not trained on, and the loss there:")
    print()
    print("                                         nodes found, over seeds")
    print("over-realized  student nodes  seeds         mean   fewest   most      median loss")
    for run in runs:
        print(row(run))
    print()
    print(f"Files: {folder}/x1, x2, x5, x10: metrics.jsonl, arrays and weights of every trial.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
