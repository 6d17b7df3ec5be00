#!/usr/bin/env python3
"""Prints what the trials of tools/quickstart found: a row per over-realization.

Usage: didact export DIR --last --format=jsonl | quickstart_table.py DIR/sweep.textproto
"""

import collections
import decimal
import json
import pathlib
import re
import statistics
import sys

FOUND = "eval.specialization.layer0.found_0.95"
LOSS = "eval.loss"

CAPTION = """\
A student learns from the outputs of a teacher that has {nodes} hidden nodes.
found          a teacher node is found when the activation of some student node
               correlates with its own above 0.95, on inputs not trained on
over-realized  5x: the student has 5 times as many hidden nodes as the teacher
loss           half the squared error, mean over the same inputs

                                         nodes found, over seeds
over-realized  student nodes  seeds         mean   fewest   most    median loss"""


def number_of_teacher_nodes(sweep):
    """Returns the teacher's width according to the sweep's resolved base."""
    teacher = re.search(r"\bteacher \{.*?\bwidth: (\d+)", sweep.read_text(), re.DOTALL)
    return int(teacher.group(1))


def trials_by_multiplier(lines):
    """Returns the last evaluations of trials, as dictionaries, by the multiplier of the width."""
    trials = collections.defaultdict(list)
    for line in lines:
        trial = json.loads(line)
        if FOUND in trial:
            trials[decimal.Decimal(str(trial["multiplier"]))].append(trial)
    return trials


def row(multiplier, trials, teacher_nodes):
    """Returns the table's row for one over-realization, as text."""
    found = [trial[FOUND] for trial in trials]
    # JSON has null for a loss that is not finite.
    losses = [trial[LOSS] for trial in trials if trial[LOSS] is not None]
    median = f"{statistics.median(losses):.2e}" if losses else "-"
    width = int(multiplier * teacher_nodes)
    return (f"{multiplier:>12}x {width:>14} {len(trials):>6} {statistics.mean(found):>12.1f} "
            f"{min(found):>8} {max(found):>6} {median:>14}")


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    nodes = number_of_teacher_nodes(pathlib.Path(argv[1]))
    trials = trials_by_multiplier(sys.stdin)
    if not trials:
        print("quickstart_table: no trial has an evaluation", file=sys.stderr)
        return 2
    print(CAPTION.format(nodes=nodes))
    for multiplier in sorted(trials):
        print(row(multiplier, trials[multiplier], nodes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
