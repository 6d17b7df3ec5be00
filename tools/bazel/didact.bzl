"""Build macros of Didact, for this tree and for plugins outside it.

Outside, load them from "@didact//tools/bazel:didact.bzl".
"""

load("@rules_proto//proto:defs.bzl", "ProtoInfo")

def didact_cc_test(name, srcs, deps = [], size = "small", **kwargs):
    """A GoogleTest program; GoogleTest, GoogleMock and main are linked in.

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
        deps = deps + ["@system//:gtest_main"],
        **kwargs
    )

def _direct_descriptor_set_impl(ctx):
    sets = [proto[ProtoInfo].direct_descriptor_set for proto in ctx.attr.protos]
    output = ctx.actions.declare_file(ctx.label.name + ".binpb")

    # Serialised FileDescriptorSets set end to end are one FileDescriptorSet.
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

def embed_proto_documentation(name, protos, function, visibility = None, **kwargs):
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
      visibility: of the cc_library.
      **kwargs: handed to cc_library.
    """
    _direct_descriptor_set(
        name = name + "_descriptor_set",
        protos = protos,
        visibility = ["//visibility:private"],
    )
    native.genrule(
        name = name + "_source",
        srcs = [":" + name + "_descriptor_set"],
        outs = [
            name + ".h",
            name + ".cc",
        ],
        cmd = ("$(execpath @didact//tools/bazel:embed_file) --function=%s --input=$< " +
               "--header=$(execpath %s.h) --source=$(execpath %s.cc) --include=%s") % (
            function,
            name,
            name,
            (native.package_name() + "/" if native.package_name() else "") + name + ".h",
        ),
        exec_tools = ["@didact//tools/bazel:embed_file"],
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["@system//:absl_strings"],
        **kwargs
    )
