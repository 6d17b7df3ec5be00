"""Build macros of Didact, for this tree and for plugins outside it.

Outside, load them from "@didact//tools/bazel:didact.bzl".
"""

load("@rules_proto//proto:defs.bzl", "ProtoInfo")
load(":cc_library.bzl", "cc_library")

def didact_cc_test(name, srcs, deps = [], size = "small", **kwargs):
    """A GoogleTest program; GoogleTest, GoogleMock and main are linked in.

    A test ends at its 20th failure: //tests/base:failure_limit.

    Args:
      name: target name, by custom that of the source file: npy_test.
      srcs: source files.
      deps: what the test uses besides GoogleTest.
      size: Bazel's test size, which sets the time limit; small is a minute.
      **kwargs: handed to cc_test. The tag "sanitize" makes the continuous
        integration run the test under the sanitizers as well.
    """
    native.cc_test(
        name = name,
        srcs = srcs,
        size = size,
        deps = deps + [
            str(Label("//tests/base:failure_limit")),
            "@system//:gtest_main",
        ],
        **kwargs
    )

def _direct_descriptor_set_impl(ctx):
    sets = [proto[ProtoInfo].direct_descriptor_set for proto in ctx.attr.protos]
    output = ctx.actions.declare_file(ctx.label.name + ".binpb")

    # Serialised FileDescriptorSets that are concatenated form one FileDescriptorSet.
    ctx.actions.run_shell(
        inputs = sets,
        outputs = [output],
        arguments = [output.path] + [file.path for file in sets],
        command = 'output="$1"; shift; cat "$@" > "$output"',
        mnemonic = "JoinDescriptorSets",
    )
    return [DefaultInfo(files = depset([output]))]

_direct_descriptor_set = rule(
    implementation = _direct_descriptor_set_impl,
    attrs = {
        "protos": attr.label_list(mandatory = True, providers = [ProtoInfo]),
    },
)

def _embed_file(name, src, function, include_prefix = ""):
    """Makes the sources NAME.h and NAME.cc of a function that returns the bytes of `src`."""
    folders = [folder for folder in [include_prefix, native.package_name()] if folder]
    native.genrule(
        name = name + "_source",
        srcs = [src],
        outs = [
            name + ".h",
            name + ".cc",
        ],
        cmd = ("$(execpath @didact//tools/bazel:embed_file) --function=%s --input=$< " +
               "--header=$(execpath %s.h) --source=$(execpath %s.cc) --include=%s") % (
            function,
            name,
            name,
            "/".join(folders + [name + ".h"]),
        ),
        exec_tools = ["@didact//tools/bazel:embed_file"],
        visibility = ["//visibility:private"],
    )

def embed_proto_documentation(name, protos, function, include_prefix = "", visibility = None, **kwargs):
    """A cc_library that carries .proto files, comments included, inside a program.

    The library's header NAME.h declares, in namespace didact,

        absl::string_view FUNCTION();

    which returns the bytes of a serialised google.protobuf.FileDescriptorSet. It
    holds the files of `protos` themselves, in that order and without what they
    import, each with its source_code_info, where the comments are. The bytes
    live as long as the program.

    Args:
      name: target name, and the name of the header without ".h".
      protos: proto_library targets.
      function: name of the function, UpperCamelCase.
      include_prefix: "" or a folder: the header is included by it and the header's path in the tree.
      visibility: of the cc_library.
      **kwargs: handed to cc_library.
    """
    _direct_descriptor_set(
        name = name + "_descriptor_set",
        protos = protos,
        visibility = ["//visibility:private"],
    )
    _embed_file(name, ":" + name + "_descriptor_set", function, include_prefix)
    library = native.cc_library
    if include_prefix:
        library = cc_library
        kwargs["include_prefix"] = include_prefix
    library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["@system//:absl_strings"],
        **kwargs
    )

# The flags that Didact was compiled with (.bazelrc) and that all code that includes its headers
# needs too. The loader refuses a plugin library that was compiled with others.
DIDACT_COPTS = [
    "-std=c++20",
    "-DXTENSOR_USE_XSIMD",
    "-ffp-contract=off",
] + select({
    "@didact//tools/bazel:portable": ["-march=x86-64-v2"],
    "//conditions:default": ["-march=x86-64-v3"],
})

# The loader refuses a library that is compiled without optimization, since it is many times slower.
# These flags spare other workspaces a setting in their .bazelrc: of Bazel's modes, only opt
# optimizes by default.
_OPTIMIZATION = select({
    "@didact//tools/bazel:fastbuild": ["-O2"],
    "@didact//tools/bazel:dbg": ["-Og"],
    "//conditions:default": [],
})

def didact_plugin_library(
        name,
        srcs,
        hdrs = [],
        protos = [],
        deps = [],
        copts = [],
        linkopts = ["-Wl,-z,defs"],
        **kwargs):
    """A shared library of plugins, lib<name>.so, for `didact --plugin=`.

    One of the sources defines the library with DIDACT_PLUGIN_LIBRARY
    (didact/framework/plugin/library/manifest.h). For a/b.proto there are the headers a/b.pb.h and,
    with the comments of all protos, <name>_documentation.h in the folder of the
    BUILD file; it declares, in namespace didact,

        absl::string_view <Name>Documentation();   // for PluginRegistry::AddDocumentation

    where <Name> is the target's name in UpperCamelCase.

    Args:
      name: lower_case_with_underscores.
      srcs: source files.
      hdrs: header files.
      protos: .proto files with the config messages, in a package of the plugin's own. They may
        import "didact/protos/field_rules.proto" and each other.
      deps: libraries besides Didact. None of them may contain generated code
        of a .proto file that Didact or another plugin contains too.
      copts: compiler options, after the ones that every plugin needs.
      linkopts: linker options; by default a symbol that is nowhere defined is
        an error when the library is built and not when it is loaded.
      **kwargs: handed to cc_binary.
    """
    generated_srcs = []
    generated_hdrs = []
    if protos:
        stems = [proto[:-len(".proto")] for proto in protos]
        generated_srcs = [stem + ".pb.cc" for stem in stems]
        generated_hdrs = [stem + ".pb.h" for stem in stems]
        native.genrule(
            name = name + "_protoc",
            srcs = protos,
            outs = generated_srcs + generated_hdrs + [name + "_descriptor_set.binpb"],
            cmd = """
field_rules="$(execpath @didact//protos:field_rules.proto)"
$(execpath @com_google_protobuf//:protoc) --cpp_out=$(GENDIR) \\
    --descriptor_set_out=$(execpath %s_descriptor_set.binpb) --include_source_info \\
    --proto_path=. --proto_path=didact/protos="$$(dirname "$${field_rules}")" --proto_path=/usr/include \\
    $(SRCS)""" % name,
            exec_tools = [
                "@com_google_protobuf//:protoc",
                "@didact//protos:field_rules.proto",
            ],
            visibility = ["//visibility:private"],
        )
        _embed_file(
            name = name + "_documentation",
            src = name + "_descriptor_set.binpb",
            function = "".join([word.capitalize() for word in name.split("_")]) + "Documentation",
        )
        generated_srcs.append(name + "_documentation.cc")
        generated_hdrs.append(name + "_documentation.h")
    native.cc_binary(
        name = "lib%s.so" % name,
        srcs = srcs + hdrs + generated_srcs + generated_hdrs,
        copts = DIDACT_COPTS + _OPTIMIZATION + copts,
        linkopts = linkopts,
        linkshared = True,
        deps = deps + ["@didact//:didact"],
        **kwargs
    )
