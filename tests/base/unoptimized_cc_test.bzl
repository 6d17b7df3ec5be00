"""Tests that compile quickly."""

load("//tools/bazel:didact.bzl", "didact_cc_test")

# Half of a test's compilation would be optimization, which matters to no test that only calls what it
# tests: that is optimized.
UNOPTIMIZED = [
    "-O0",
    "-U_FORTIFY_SOURCE",
]

_HEADERS = "//tests/base:test_headers"

def unoptimized_cc_test(name, srcs, deps = [], copts = [], **kwargs):
    """A didact_cc_test whose own sources are not optimized and take headers from //tests/base:test_headers.

    Tests that compute long themselves, or that test the compiler's options, are didact_cc_tests.

    Args:
      name: as for didact_cc_test, like all other arguments.
      srcs: source files.
      deps: what the test uses besides GoogleTest.
      copts: further options of the compiler.
      **kwargs: handed to didact_cc_test.
    """
    didact_cc_test(
        name = name,
        srcs = srcs,
        copts = UNOPTIMIZED + [
            "-include",
            "test_headers.h",
            # A precompiled header that cannot be used costs time alone.
            "-Winvalid-pch",
            "-Wno-error=invalid-pch",
        ] + copts,
        deps = deps + [_HEADERS],
        **kwargs
    )
