"""Makes Bazel depend on the versions of the installed Debian packages.

Compilers, headers and libraries are not inputs of Bazel's actions, so that neither Bazel nor a disk
cache would notice that a package was upgraded, or that a cache comes from another release.
"""

load("@bazel_tools//tools/cpp:cc_configure.bzl", "cc_autoconf_impl")

_LIBRARIES = "/usr/lib/x86_64-linux-gnu"

# Packages that determine objects and generated sources: a development package depends on its own
# version of the compiler (libstdc++-12-dev) or library (libabsl-dev).
_BUILD_PACKAGES = ["*-dev", "binutils", "protobuf-compiler"]

# The headers of the kernel keep their meaning, and the package is upgraded often.
_IGNORED_PACKAGE = "linux-libc-dev"

def _installed_versions(repository_ctx):
    """Returns the build packages, one per line, with versions."""

    # Bazel evaluates this repository anew when dpkg has changed its records.
    repository_ctx.path(Label("@dpkg//:status"))
    query = repository_ctx.execute([
        "dpkg-query",
        "--show",
        "--showformat=${db:Status-Status} ${Package} ${Architecture} ${Version}\n",
    ] + _BUILD_PACKAGES)
    if query.return_code != 0:
        fail("run tools/setup, which installs the packages that are missing: " + query.stderr)
    return "".join(sorted([
        line + "\n"
        for line in query.stdout.splitlines()
        if line.startswith("installed ") and line.split(" ")[1] != _IGNORED_PACKAGE
    ]))

def _abseil_libraries(repository_ctx):
    """Returns the names of Abseil's libraries in the form for the linker: absl_strings, ..."""
    names = [path.basename for path in repository_ctx.path(_LIBRARIES).readdir()]
    return sorted([
        name[len("lib"):-len(".so")]
        for name in names
        if name.startswith("libabsl_") and name.endswith(".so")
    ])

def _debian_impl(repository_ctx):
    cc_autoconf_impl(repository_ctx)

    # The built-in mechanism for this: an input of every action that compiles or links.
    stamp = "builtin_include_directory_paths"
    repository_ctx.file(
        stamp,
        repository_ctx.read(stamp) + "\n" + _installed_versions(repository_ctx),
        executable = False,
    )
    repository_ctx.file(
        "libraries.bzl",
        "ABSEIL_LIBRARIES = %r\n" % _abseil_libraries(repository_ctx),
        executable = False,
    )

debian = repository_rule(
    doc = """The C++ toolchain that Bazel finds, with the versions of the packages that it uses.

    `:toolchain` is for --crosstool_top; `:compiler_deps` changes when a package is upgraded, and is
    meant as an input of actions that run an installed program; libraries.bzl tells how Debian's
    releases divide a library into files.""",
    implementation = _debian_impl,
    configure = True,
    environ = [
        "BAZEL_CXXOPTS",
        "BAZEL_LINKLIBS",
        "BAZEL_LINKOPTS",
        "CC",
        "CPLUS_INCLUDE_PATH",
    ],
)
