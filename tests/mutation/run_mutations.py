#!/usr/bin/env python3
"""Puts single faults into the code, one at a time, and tells which test cases notice.

Usage: run_mutations.py [OPTION]...

A list (tests/mutation/*.toml) names the faults:

  [[mutation]]
  name = "evaluation data come from the training data's stream"
  file = "framework/training/trial_parts.cc"
  find = 'ReadData(eval_data, eval_augmentations, "eval_data"'
  replace = 'ReadData(eval_data, eval_augmentations, "train_data"'
  targets = ["//tests/training/..."]
  equivalent = "a sentence that says why the fault changes nothing"       (optional)

`find` must stand in `file` exactly once. All targets must pass without a fault, which is checked
first. Then each fault is put into a clone of HEAD in a temporary folder, `bazel-4 test` is run on
its targets, and the fault is taken out again. The report has a line for each fault:

  killed      by the first test cases that failed, or by a time limit
  survived    no test failed
  equivalent  no test failed, and the list says why none can
  invalid     the faulty code does not compile, the text was not found, or a test failed although
              the fault is marked `equivalent`

The last lines count them. The exit code is 0 when every fault was killed or is equivalent, 1 when
some fault was not, 2 when the request cannot be met.

  --list FILE      this list alone (by default all lists in the script's folder); may be repeated
  --only TEXT      the faults whose name or file contains TEXT alone; may be repeated
  --check          only checks that every fault can be put in; runs nothing
  --tree DIR       uses this clone, whose Bazel may have built it already, instead of a new one; it
                   must have no change that is not committed
  --jobs N         handed to Bazel
  --limit SECONDS  for building and testing one fault (default 900); a fault that takes longer
                   counts as killed
"""

import argparse
import collections
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import tomllib
import urllib.parse
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
REQUIRED_FIELDS = {"name", "file", "find", "replace", "targets"}
FIELDS = REQUIRED_FIELDS | {"equivalent"}
SHOWN_CASES = 3
BAZEL = "bazel-4"

# Exit codes of `bazel-4 test`.
ALL_PASSED, BUILD_FAILED, TESTS_FAILED = 0, 1, 3
OVER_LIMIT = None


def fail(message):
    print(f"run_mutations.py: {message}", file=sys.stderr)
    sys.exit(2)


def read_list(path):
    """Returns the faults of one list; ends the program if an entry lacks fields or has others."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutation", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        fail(f"{path}: {error}")
    for entry in entries:
        missing = REQUIRED_FIELDS - entry.keys()
        unknown = entry.keys() - FIELDS
        if missing or unknown:
            fail(f"{path}: {entry.get('name', entry)}: missing fields: {sorted(missing)}, "
                 f"unknown fields: {sorted(unknown)}")
    return entries


def problem_of(tree, mutation):
    """Returns the reason why the fault cannot be put into `tree`; None if it can."""
    path = tree / mutation["file"]
    if not path.is_file():
        return f"there is no file {mutation['file']}"
    count = path.read_text(encoding="utf-8").count(mutation["find"])
    if count != 1:
        return f"`find` must stand in {mutation['file']} once, found {count} times"
    if mutation["find"] == mutation["replace"]:
        return "`replace` must differ from `find`"
    return None


def failed_cases(events):
    """Returns the names of the test cases that failed, in the order of their programs."""
    cases = []
    for event in events:
        result = event.get("testResult")
        if result is None or result.get("status") in ("PASSED", None):
            continue
        label = event["id"]["testResult"]["label"]
        names = []
        for output in result.get("testActionOutput", []):
            if output.get("name") != "test.xml" or "uri" not in output:
                continue
            path = urllib.parse.unquote(urllib.parse.urlsplit(output["uri"]).path)
            try:
                root = xml.etree.ElementTree.parse(path).getroot()
            except (OSError, xml.etree.ElementTree.ParseError):
                continue
            for case in root.iter("testcase"):
                if case.find("failure") is not None and case.get("classname"):
                    names.append(f"{label} {case.get('classname')}.{case.get('name')}")
        # A program that crashed or hung reports no cases.
        cases.extend(names or [f"{label} ({result.get('status')})"])
    return list(dict.fromkeys(cases))


def wait_for(process, limit):
    """Returns the exit code of the Bazel client; OVER_LIMIT if it had to be stopped."""
    try:
        return process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.poll() is None:
            # The client forwards the signal to the server, which ends compilers and tests.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return OVER_LIMIT


def run_tests(tree, targets, jobs, limit, flags=()):
    """Runs the targets. Returns Bazel's exit code or OVER_LIMIT, and the cases that failed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as record:
        command = [BAZEL, "test", "--noshow_progress", "--test_output=summary",
                   f"--build_event_json_file={record.name}", *flags]
        if jobs:
            command.append(f"--jobs={jobs}")
        process = subprocess.Popen(
            [*command, "--", *targets], cwd=tree, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        code = wait_for(process, limit)
        events = []
        with open(record.name, encoding="utf-8") as lines:
            for line in lines:
                try:
                    events.append(json.loads(line))
                except ValueError:
                    break  # the client was stopped while it wrote this line
    return code, failed_cases(events)


def judge(code, cases, mutation, limit):
    """Returns the outcome of a fault and the text of its line in the report."""
    if code == OVER_LIMIT:
        return "killed", f"the limit of {limit:g} s"
    if code == ALL_PASSED:
        if "equivalent" in mutation:
            return "equivalent", mutation["equivalent"]
        return "survived", ""
    if code == BUILD_FAILED:
        return "invalid", "the faulty code, or a test, does not compile"
    if code != TESTS_FAILED or not cases:
        return "invalid", f"{BAZEL} test ended with exit code {code}"
    more = f" and {len(cases) - SHOWN_CASES} more" if len(cases) > SHOWN_CASES else ""
    by = "; ".join(cases[:SHOWN_CASES]) + more
    if "equivalent" in mutation:
        return "invalid", f"is marked equivalent, and was killed by {by}"
    return "killed", by


def try_mutation(tree, mutation, jobs, limit):
    """Puts the fault into `tree`, tests it and takes it out again; returns as `judge` does."""
    problem = problem_of(tree, mutation)
    if problem:
        return "invalid", problem
    path = tree / mutation["file"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutation["find"], mutation["replace"]), encoding="utf-8")
    try:
        # The outputs of faulty code are useless for any other build.
        code, cases = run_tests(tree, mutation["targets"], jobs, limit,
                                ["--noremote_upload_local_results"])
    finally:
        path.write_text(text, encoding="utf-8")
    return judge(code, cases, mutation, limit)


def check_sound(tree, mutations, jobs):
    """Ends the program unless all targets pass without a fault."""
    targets = sorted({target for mutation in mutations for target in mutation["targets"]})
    code, cases = run_tests(tree, targets, jobs, limit=None)
    if code != ALL_PASSED:
        fail(f"without a fault, the tests must pass; {BAZEL} test {' '.join(targets)} ended with "
             f"exit code {code}; failed: {', '.join(cases) or 'none'}")


def check_clean(tree):
    """Ends the program unless `tree` is a clone whose files are all as they were committed."""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tree, check=False,
                            capture_output=True, text=True)
    if status.returncode != 0 or status.stdout:
        fail(f"--tree: {tree} must be a clone without changes, got:\n"
             f"{status.stderr}{status.stdout}")


def run_all(tree, mutations, jobs, limit):
    """Tries all faults and prints the report; returns whether all were killed or are equivalent."""
    check_sound(tree, mutations, jobs)
    counts = collections.Counter()
    for mutation in mutations:
        outcome, detail = try_mutation(tree, mutation, jobs, limit)
        counts[outcome] += 1
        print(f"{outcome:10}  {mutation['file']}: {mutation['name']}", flush=True)
        if detail:
            print(f"            {detail}", flush=True)
    print(", ".join(
        f"{counts[outcome]} {outcome}" for outcome in ("killed", "survived", "equivalent", "invalid")))
    real = counts.total() - counts["equivalent"]
    if real > 0:
        print(f"{100 * counts['killed'] / real:.1f} % of the {real} faults that change something "
              "were killed")
    return counts["survived"] + counts["invalid"] == 0


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--limit", type=float, default=900)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    lists = arguments.list or sorted(pathlib.Path(__file__).resolve().parent.glob("*.toml"))
    mutations = [mutation for path in lists for mutation in read_list(path)]
    repeated = [name for name, count in
                collections.Counter(m["name"] for m in mutations).items() if count > 1]
    if repeated:
        fail(f"names must differ, these do not: {repeated}")
    if arguments.only:
        mutations = [m for m in mutations
                     if any(text in m["name"] or text in m["file"] for text in arguments.only)]
        if not mutations:
            fail(f"--only: no fault's name or file contains {arguments.only}")

    if arguments.check:
        problems = {m["name"]: problem for m in mutations if (problem := problem_of(ROOT, m))}
        for name, problem in problems.items():
            print(f"{name}: {problem}")
        print(f"{len(mutations) - len(problems)} of {len(mutations)} faults can be put in")
        return 1 if problems else 0

    # The fault must be removed from --tree also if the script is terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    if arguments.tree:
        check_clean(arguments.tree)
        return 0 if run_all(arguments.tree, mutations, arguments.jobs, arguments.limit) else 1
    with tempfile.TemporaryDirectory(prefix="didact-mutation-") as folder:
        tree = pathlib.Path(folder) / "didact"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
        try:
            return 0 if run_all(tree, mutations, arguments.jobs, arguments.limit) else 1
        finally:
            subprocess.run([BAZEL, "shutdown"], cwd=tree, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
