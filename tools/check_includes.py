#!/usr/bin/env python3
"""Checks that every #include is covered by a dependency, and points downwards.

Usage: check_includes.py [FOLDER]     (from the top of the tree; FOLDER: only //FOLDER/...)

Bazel cannot see an undeclared use of a system library (tools/bazel/README.md says
why), and it accepts a header that a dependency of a dependency provides. So for every
C++ target: each header its files include belongs to the target itself or to a target
that its `deps` name, no file of a module of framework/ includes from one that the
module may not depend on (framework/modules.bzl), and nothing links libdidact.so and a
part of it again, which would register the same messages twice.
"""

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

# The longest prefix is used. Any of its targets, or a target that depends on it, satisfies the
# check.
_ABSEIL = "absl_base absl_container absl_status absl_statusor absl_strings absl_time"
SYSTEM_LIBRARIES = {
    "absl/": _ABSEIL,  # Header-only parts: algorithm, functional, memory, types, ...
    "absl/base/": "absl_base",
    "absl/container/": "absl_container",
    "absl/hash/": "absl_container",
    "absl/status/": "absl_status",
    "absl/status/statusor.h": "absl_statusor",
    "absl/strings/": "absl_strings",
    "absl/time/": "absl_time",
    "benchmark/": "benchmark",
    "dlfcn.h": "dl",
    "gmock/": "gtest",
    "google/protobuf/": "protobuf",
    "gtest/": "gtest",
    "CLI/": "cli11",
    "mpi/": "mpi",
    "nlohmann/": "nlohmann_json",
    "oneapi/": "tbb",
    "openssl/": "crypto",
    "tbb/": "tbb",
    "xsimd/": "xsimd",
    "xtensor/": "xtensor",
    "xtl/": "xtensor",
    "zip.h": "libzip",
    "zlib.h": "zlib",
}

MODULES = "framework/modules.bzl"
LIBRARY = "//:didact"


def read_modules():
    """Returns the two lists of framework/modules.bzl, whose values are also literals of Python."""
    with open(MODULES, encoding="utf-8") as file:
        statements = ast.parse(file.read(), MODULES).body
    values = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in statements
        if isinstance(statement, ast.Assign)
    }
    return values["MODULE_DEPENDENCIES"], values["PLUGIN_DEPENDENCIES"]


INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def path_of(label):
    """Returns the path of a file's label in the tree, or None for another repository."""
    if not label.startswith("//"):
        return None
    package, name = label[2:].split(":")
    return os.path.join(package, name)


class Target:
    """The relevant attributes of one rule."""

    def __init__(self, rule):
        self.kind = rule.get("class")
        self.name = rule.get("name")
        self.prefix = ""
        for attribute in rule.findall("string"):
            if attribute.get("name") in ("prefix", "import_prefix"):
                self.prefix = attribute.get("value")
        self.lists = {}
        for attribute in rule.findall("list"):
            labels = [label.get("value") for label in attribute.findall("label")]
            self.lists[attribute.get("name")] = labels

    def labels(self, *attributes):
        return [label for attribute in attributes for label in self.lists.get(attribute, [])]

    def files(self):
        paths = map(path_of, self.labels("srcs", "hdrs", "textual_hdrs"))
        return [path for path in paths if path]

    def include_path(self, path):
        """How a file of the target at this path in the tree is included or imported."""
        return os.path.join(self.prefix, path)

    def add_headers(self, headers):
        """Joins the target with that of its headers, into which tools/bazel/cc_library.bzl divides it."""
        self.prefix = headers.prefix
        for attribute in ("srcs", "hdrs"):
            self.lists[attribute] = self.labels(attribute) + headers.labels(attribute)
        self.lists["deps"] = [label for label in self.labels("deps") if label != headers.name]


def query_targets(scope):
    """Returns every C++ and proto target of `scope` and of its surroundings, by label."""
    expression = 'kind("(cc_|proto_library)", deps(%s, 1) + //... + @system//:all)' % scope
    process = subprocess.run(
        ["bazel-4", "query", "--noshow_progress", "--output=xml", "--keep_going", expression],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        check=False,
    )
    if not process.stdout:
        sys.exit("check_includes.py: bazel query failed:\n" + process.stderr)
    # Bazel announces XML 1.1, which Python's parser does not accept.
    document = process.stdout.replace('version="1.1"', 'version="1.0"', 1)
    rules = xml.etree.ElementTree.fromstring(document).findall("rule")
    targets = {rule.get("name"): Target(rule) for rule in rules}
    for headers in [t for t in targets.values() if t.kind == "_cc_prefixed_headers"]:
        library = headers.name[: -len("_headers")]
        if library in targets:
            targets[library].add_headers(headers)
        del targets[headers.name]
    return targets


class Tree:
    """Maps headers, by the paths in #include lines, to the targets that provide them."""

    def __init__(self, targets):
        self.targets = targets
        self.providers = {}
        self.generated = {}
        proto_owners = {}
        for target in targets.values():
            if target.kind == "cc_library":
                for path in map(path_of, target.labels("hdrs", "textual_hdrs")):
                    if path:
                        header = target.include_path(path)
                        self.providers.setdefault(header, set()).add(target.name)
            elif target.kind == "proto_library":
                for path in target.files():
                    proto_owners.setdefault(target.name, []).append(target.include_path(path))
        for target in targets.values():
            if target.kind == "cc_proto_library":
                for proto in target.labels("deps"):
                    self.generated.setdefault(proto, set()).add(target.name)
                    for path in proto_owners.get(proto, []):
                        header = path[: -len(".proto")] + ".pb.h"
                        self.providers.setdefault(header, set()).add(target.name)

    def dependencies(self, target):
        """Returns the direct dependencies, and those that umbrella targets among them represent.

        A library without headers of its own represents its dependencies, and one of
        kind cc_headers (all of Didact) everything below it.
        """
        found = set()
        waiting = [(label, False) for label in target.labels("deps")]
        while waiting:
            label, all_below = waiting.pop()
            if label in found:
                continue
            found.add(label)
            if all_below:
                found |= self.generated.get(label, set())
            below = self.targets.get(label)
            if below and not label.startswith("@"):
                all_below = all_below or below.kind == "cc_headers"
                if all_below or not below.labels("hdrs", "textual_hdrs"):
                    waiting += [(dep, all_below) for dep in below.labels("deps")]
        return found

    def system_libraries(self, dependencies):
        """Returns the names in @system of the direct and indirect dependencies."""
        waiting = [label for label in dependencies if label.startswith("@system//:")]
        # Generated code needs the library that it is generated for.
        if any(self.kind(label) == "cc_proto_library" for label in dependencies):
            waiting.append("@system//:protobuf")
        found = set()
        while waiting:
            label = waiting.pop()
            if label not in found:
                found.add(label)
                waiting += self.targets[label].labels("deps") if label in self.targets else []
        return {label[len("@system//:") :] for label in found}

    def below(self, labels, stop=None):
        """These targets and all that they depend on, but nothing for the sake of `stop` alone."""
        found = set()
        waiting = list(labels)
        while waiting:
            label = waiting.pop()
            if label in found or label.startswith("@") or label not in self.targets:
                continue
            found.add(label)
            if label != stop:
                waiting += self.targets[label].labels("deps")
        return found

    def copied_part(self, target):
        """A part of libdidact.so that a target gets with the library and again beside it, or None."""
        found = self.below(target.labels("deps"), stop=LIBRARY)
        if LIBRARY not in found:
            return None
        return min((found - {LIBRARY}) & self.below([LIBRARY]), default=None)

    def kind(self, label):
        return self.targets[label].kind if label in self.targets else None


def module_of(path):
    """Returns ("framework", "base"), ("plugins", "losses"), ("tools", None), ... of a path."""
    parts = path.removeprefix("didact/").split("/")
    return parts[0], parts[1] if len(parts) > 2 else None


def layering_problem(modules, path, header):
    """Returns the reason why the file `path` may not include `header`, or None."""
    module_dependencies, plugin_dependencies = modules
    top, module = module_of(path)
    header_top, header_module = module_of(header)
    if top == "framework" and header_top in ("plugins", "tools", "tests"):
        return "framework must not include from %s" % header_top
    if top == "framework" and header_top == "framework" and header_module != module:
        if module not in module_dependencies:
            return "framework/%s must have an entry in %s" % (module, MODULES)
        if header_module not in module_dependencies[module]:
            return "framework/%s must not include from framework/%s (%s)" % (
                module,
                header_module,
                MODULES,
            )
    if top == "plugins" and module:
        if header_top == "framework" and header_module not in plugin_dependencies:
            return "a plugin must not include from framework/%s" % header_module
        if header_top == "plugins" and header_module not in (module, None):
            return "a plugin of one kind must not include one of another"
    return None


def arrows_of(target):
    """Returns the dependencies between modules of framework/ that a target has, as (from, to)."""
    paths = [path_of(target.name)] + [path_of(label) for label in target.labels("deps")]
    modules = [module_of(path) if path else (None, None) for path in paths]
    if modules[0][0] != "framework":
        return set()
    return {(modules[0][1], module) for top, module in modules[1:] if top == "framework"}


def unused_arrows(module_dependencies, used):
    """Returns messages on dependencies that are allowed but that no file needs."""
    return [
        "%s: framework/%s does not depend on framework/%s: take the entry out"
        % (MODULES, module, dependency)
        for module, dependencies in module_dependencies.items()
        for dependency in dependencies
        if (module, dependency) not in used
    ]


def dependency_problem(tree, own_headers, dependencies, libraries, header):
    """Returns the reason why a target's files and dependencies do not cover `header`, or None."""
    if header in own_headers:
        return None
    if header in tree.providers:
        providers = tree.providers[header]
        if providers.isdisjoint(dependencies):
            return "deps must have " + " or ".join(sorted(providers))
        return None
    prefixes = [prefix for prefix in SYSTEM_LIBRARIES if header.startswith(prefix)]
    if prefixes:
        wanted = SYSTEM_LIBRARIES[max(prefixes, key=len)].split()
        if libraries.isdisjoint(wanted):
            return "deps must have @system//:" + " or :".join(wanted)
        return None
    if os.path.exists(header):
        if "didact/" + header in tree.providers:
            return "it is included as didact/" + header
        return "no target provides it"
    return None


def check(tree, prefix):
    modules = read_modules()
    used = set()
    problems = []
    for target in sorted(tree.targets.values(), key=lambda target: target.name):
        if not target.name.startswith(prefix):
            continue
        if target.kind not in ("cc_library", "cc_binary", "cc_test"):
            continue
        if part := tree.copied_part(target):
            problems.append("%s: deps must not have both %s and %s" % (target.name, LIBRARY, part))
        own_files = target.files()
        own_headers = {target.include_path(path) for path in own_files}
        dependencies = tree.dependencies(target)
        used |= arrows_of(target)
        libraries = tree.system_libraries(dependencies)
        for path in sorted(own_files):
            if not path.endswith((".h", ".cc")) or not os.path.exists(path):
                continue
            with open(path, encoding="utf-8") as file:
                headers = INCLUDE.findall(file.read())
            for header in headers:
                # As the compiler does.
                beside = os.path.join(os.path.dirname(path), header)
                if os.path.exists(beside):
                    header = beside
                for problem in (
                    dependency_problem(tree, own_headers, dependencies, libraries, header),
                    layering_problem(modules, path, header),
                ):
                    if problem:
                        problems.append(
                            "%s: includes %s: %s: %s" % (path, header, target.name, problem)
                        )
    if prefix == "//":
        problems += unused_arrows(modules[0], used)
    return problems


def main(arguments):
    folder = arguments[0].strip("/") if arguments else ""
    prefix = "//" + folder
    tree = Tree(query_targets(prefix + "/..." if folder else "//..."))
    problems = check(tree, prefix)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
