"""A GoogleTest program as one test for each SIMD level."""

LEVELS = {
    "sse42": "sse4.2",
    "avx2": "avx2",
    "avx512": "avx512",
}

def kernel_test(name, srcs, deps, **kwargs):
    """Makes the tests NAME_sse42, NAME_avx2 and NAME_avx512, and NAME, all of them.

    A test of a level that the processor does not have passes, and says that it tested nothing.

    Args:
      name: by custom that of the source file.
      srcs: source files without a main function.
      deps: what the tests use besides GoogleTest.
      **kwargs: handed to cc_test.
    """
    native.cc_library(
        name = name + "_cases",
        testonly = True,
        srcs = srcs,
        linkstatic = True,
        deps = deps + ["@system//:gtest"],
        alwayslink = True,
    )
    for suffix, level in LEVELS.items():
        native.cc_test(
            name = "%s_%s" % (name, suffix),
            size = "small",
            args = ["--level=" + level],
            deps = [
                ":%s_cases" % name,
                "//tests/kernels:level_main",
            ],
            **kwargs
        )
    native.test_suite(
        name = name,
        tests = [":%s_%s" % (name, suffix) for suffix in LEVELS],
    )
