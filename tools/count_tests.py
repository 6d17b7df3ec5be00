#!/usr/bin/env python3
"""Counts the test cases of `bazel test` runs, truthfully.

Usage: count_tests.py FILE...

Each FILE is what `bazel test --build_event_json_file=FILE` wrote. From there come
the tests of exactly that run and the places of their test.xml files, so that no
result of an earlier run is counted. The last line printed is `N passed, M failed`;
the exit code is 1 when M is not 0.

A test case counts as passed when it ran and nothing in it failed. Disabled and
skipped cases are neither passed nor failed and are mentioned. One failure each is counted for
a test program that failed although none of its cases did (it crashed or leaked
after the last one), that left no readable test.xml or one without cases, that was
not run or not built, and for a run that failed in any other way.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree


class Tally:
    """Counts, and a line for every failure."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skipped = []


def read_events(path):
    """Returns the events of one run; the last line of an interrupted run may be incomplete."""
    events = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                events.append(json.loads(line))
            except ValueError:
                break
    return events


def local_path(uri):
    parts = urllib.parse.urlsplit(uri)
    return urllib.parse.unquote(parts.path)


def count_cases(xml_path, label, tally):
    """Adds the cases of one test.xml.

    Returns how many cases there were, of any outcome, and how many failed.
    """
    cases = 0
    failed = 0
    for case in xml.etree.ElementTree.parse(xml_path).getroot().iter("testcase"):
        cases += 1
        # If a test writes no results, Bazel writes a file in which the case has the name of the
        # program.
        names = [case.get("classname"), case.get("name")]
        name = label + " " + ".".join(name for name in names if name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            tally.failures.append(name)
        elif (
            case.get("status") == "notrun"
            or case.get("result") in ("skipped", "suppressed")
            or case.find("skipped") is not None
        ):
            tally.skipped.append(name)
        else:
            tally.passed += 1
    return cases, failed


def count_program(result, label, tally):
    """Adds one execution of one test program (one shard, one repetition)."""
    status = result.get("status", "NO_STATUS")
    xml_paths = [
        local_path(output["uri"])
        for output in result.get("testActionOutput", [])
        if output.get("name") == "test.xml" and output.get("uri")
    ]
    cases, failed = 0, 0
    if xml_paths and os.path.exists(xml_paths[0]):
        try:
            cases, failed = count_cases(xml_paths[0], label, tally)
        except xml.etree.ElementTree.ParseError:
            tally.failures.append(label + ": its test.xml cannot be read (" + status + ")")
            return
    if status != "PASSED" and failed == 0:
        tally.failures.append(label + ": " + status)
    elif cases == 0:
        tally.failures.append(label + ": no test case ran")


def count_run(events, name, tally):
    """Adds one run of `bazel test`."""
    tests = set()
    expected = set()
    results = {}
    exit_code = None
    for event in events:
        identity = event.get("id", {})
        if "targetConfigured" in identity and event.get("configured", {}).get("testSize"):
            tests.add(identity["targetConfigured"]["label"])
        elif "targetCompleted" in identity:
            label = identity["targetCompleted"]["label"]
            children = event.get("children", [])
            if not event.get("completed", {}).get("success", False):
                expected.add(label)
            elif any("testSummary" in child or "testResult" in child for child in children):
                expected.add(label)
        elif "testResult" in identity and "testResult" in event:
            of = identity["testResult"]
            key = (of["label"], of.get("run", 1), of.get("shard", 1))
            attempt = of.get("attempt", 1)
            if key not in results or attempt >= results[key][0]:
                results[key] = (attempt, event["testResult"])
        elif "buildFinished" in identity and "finished" in event:
            exit_code = event["finished"].get("exitCode", {}).get("code", 0)

    failures_before = len(tally.failures)
    for (label, _, _), (_, result) in sorted(results.items(), key=lambda item: item[0]):
        count_program(result, label, tally)
    with_result = {label for label, _, _ in results}
    for label in sorted((expected & tests) - with_result):
        tally.failures.append(label + ": not built or not run")
    if exit_code != 0 and len(tally.failures) == failures_before:
        reason = "was interrupted" if exit_code is None else "ended with code %d" % exit_code
        tally.failures.append("bazel test (%s) %s" % (name, reason))


def main(paths):
    tally = Tally()
    if not paths:
        tally.failures.append("count_tests.py: no run was given")
    for path in paths:
        try:
            events = read_events(path)
        except OSError as error:
            tally.failures.append("bazel test left no record: " + str(error))
            continue
        count_run(events, os.path.basename(path), tally)
    if tally.skipped:
        print("Not run (disabled or skipped), counted neither way:")
        for name in tally.skipped:
            print("  " + name)
    if tally.failures:
        print("Failed:")
        for name in tally.failures:
            print("  " + name)
    print("%d passed, %d failed" % (tally.passed, len(tally.failures)))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
