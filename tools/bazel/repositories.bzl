"""The external repositories of Didact, all of them local folders.

A workspace that builds plugins against Didact declares `@didact` as a local
repository and calls `didact_repositories(didact_path = "PATH/TO/DIDACT")`.
"""

load(":debian.bzl", "debian")

_DEBIAN = "/usr/share/bazel"

def _check_bazel():
    # Debian's Bazel does not report its version.
    version = native.bazel_version
    if version and not version.startswith("4.2."):
        fail(("Didact is built by Debian's Bazel 4.2.3, but this is Bazel %s: run tools/setup, and " +
              "then bazel-4 in place of bazel.") % version)

def didact_repositories(didact_path = "."):
    """Declares every repository that Didact's targets refer to.

    Args:
      didact_path: folder of the Didact tree, absolute or relative to the
        calling workspace.
    """
    _check_bazel()
    here = didact_path + "/tools/bazel"

    native.local_repository(
        name = "rules_cc",
        path = here + "/rules_cc",
    )
    native.local_repository(
        name = "remote_coverage_tools",
        path = here + "/remote_coverage_tools",
    )
    native.local_repository(
        name = "rules_proto",
        path = _DEBIAN + "/rules/proto",
    )
    native.local_repository(
        name = "rules_java",
        path = _DEBIAN + "/rules/java",
    )
    native.local_repository(
        name = "bazel_skylib",
        path = _DEBIAN + "/tools/skylib",
    )
    native.local_repository(
        name = "platforms",
        path = _DEBIAN + "/platforms",
    )
    native.new_local_repository(
        name = "dpkg",
        build_file_content = 'exports_files(["status"])',
        path = "/var/lib/dpkg",
    )
    debian(name = "debian")
    native.new_local_repository(
        name = "system",
        build_file = "@didact//tools/bazel/system:libraries.BUILD",
        path = "/usr/include",
    )
    native.new_local_repository(
        name = "com_google_protobuf",
        build_file = "@didact//tools/bazel/protobuf:protobuf.BUILD",
        path = "/usr/include",
    )
