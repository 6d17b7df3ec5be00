"""Rules around libdidact.so: headers without objects, the hash of the plugin interface, what is installed."""

load("@rules_proto//proto:defs.bzl", "ProtoInfo")
load(":cc_library.bzl", "include_folder", "include_path")

def _headers(deps):
    """The headers of `deps` and of what they depend on, by the paths by which they are included, and sorted by these."""
    headers = depset(transitive = [dep[CcInfo].compilation_context.headers for dep in deps])

    # Only the .cc files of a template library itself include its -inl.h files.
    files = {include_path(file): file for file in headers.to_list() if not file.basename.endswith("-inl.h")}
    return {path: files[path] for path in sorted(files)}

def _cc_headers_impl(ctx):
    info = include_folder(ctx, _headers(ctx.attr.deps), parent = ctx.label.name + "/")
    return [info, DefaultInfo(files = info.compilation_context.headers)]

cc_headers = rule(
    doc = """All headers of some cc_librarys and of what they depend on, in one folder, and nothing to link.

    For code that finds the objects in a shared library: a second copy of them would bring a second
    copy of every static object, and Protocol Buffers would end the program.""",
    implementation = _cc_headers_impl,
    attrs = {"deps": attr.label_list(mandatory = True, providers = [CcInfo])},
)

def _cc_whole_archives_impl(ctx):
    toolchain = ctx.attr._toolchain[cc_common.CcToolchainInfo]
    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    merged = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    inputs = []
    for input in merged.linking_context.linker_inputs.to_list():
        libraries = [
            cc_common.create_library_to_link(
                actions = ctx.actions,
                feature_configuration = features,
                cc_toolchain = toolchain,
                pic_static_library = library.pic_static_library,
                alwayslink = True,
            )
            for library in input.libraries
        ]
        inputs.append(cc_common.create_linker_input(
            owner = input.owner,
            libraries = depset(libraries),
            user_link_flags = depset(input.user_link_flags),
            additional_inputs = depset(input.additional_inputs),
        ))
    return [CcInfo(
        compilation_context = merged.compilation_context,
        linking_context = cc_common.create_linking_context(linker_inputs = depset(inputs)),
    )]

cc_whole_archives = rule(
    doc = """The cc_librarys `deps` and what they depend on, every object of which is linked, whether
    or not something refers to it. For a shared library, whose users come later.""",
    implementation = _cc_whole_archives_impl,
    attrs = {
        "deps": attr.label_list(mandatory = True, providers = [CcInfo]),
        "_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
)

def _interface_hash_impl(ctx):
    headers = _headers(ctx.attr.deps).values() + ctx.files.srcs
    output = ctx.actions.declare_file(ctx.label.name)
    guard = "DIDACT_" + output.short_path.upper().replace("/", "_").replace(".", "_") + "_"
    arguments = ctx.actions.args()
    arguments.add(output)
    arguments.add(guard)
    arguments.add_all(headers)

    # Only the contents are hashed: the paths of files differ between builds.
    ctx.actions.run_shell(
        inputs = headers,
        outputs = [output],
        arguments = [arguments],
        command = """
output="$1" guard="$2"; shift 2
hash="$(cat "$@" | sha256sum | cut -c 1-64 | sed 's/../0x&, /g')"
cat > "${output}" << END
// Generated: SHA-256 of the headers that plugins include.

#ifndef ${guard}
#define ${guard}

#include <array>
#include <cstdint>

namespace didact {

inline constexpr std::array<uint8_t, 32> kInterfaceSha256 = {
    ${hash}};

}  // namespace didact

#endif  // ${guard}
END""",
        mnemonic = "HashInterface",
    )
    return [DefaultInfo(files = depset([output]))]

interface_hash = rule(
    doc = """A header (the target's name is its own) with the hash of other headers: those of `deps`,
    of what these depend on, generated ones included, and `srcs`.""",
    implementation = _interface_hash_impl,
    attrs = {
        "deps": attr.label_list(mandatory = True, providers = [CcInfo]),
        "srcs": attr.label_list(allow_files = [".h"]),
    },
)

def _installation_impl(ctx):
    # Pairs of a file and its path below the prefix.
    places = []
    for path, file in _headers(ctx.attr.headers).items():
        places.append((file, "include/" + path))
    protos = depset(transitive = [proto[ProtoInfo].transitive_sources for proto in ctx.attr.protos])
    for file in protos.to_list():
        if file.owner.workspace_name == "":
            places.append((file, "include/" + include_path(file)))
    for target, place in ctx.attr.files.items():
        for file in target.files.to_list():
            places.append((file, place + file.basename if place.endswith("/") else place))

    output = ctx.actions.declare_file(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.use_param_file("%s", use_always = True)
    arguments.set_param_file_format("multiline")
    for file, place in places:
        arguments.add(file)
        arguments.add(place)
    ctx.actions.run_shell(
        inputs = [file for file, _ in places],
        outputs = [output],
        arguments = [output.path, arguments],
        command = """
set -euo pipefail
root="$(mktemp -d)"
trap 'rm -rf "${root}"' EXIT
while IFS= read -r file && IFS= read -r place; do
  mkdir -p "${root}/$(dirname "${place}")"
  cp --dereference "${file}" "${root}/${place}"
done < "$2"
chmod -R u=rwX,go=rX "${root}"
tar --create --file="$1" --directory="${root}" --sort=name --mtime=@0 --owner=0 --group=0 \\
  --numeric-owner .
""",
        mnemonic = "Installation",
    )
    return [DefaultInfo(files = depset([output]))]

installation = rule(
    doc = """A tar file with everything that is installed, by its place below the prefix.""",
    implementation = _installation_impl,
    attrs = {
        "files": attr.label_keyed_string_dict(
            doc = "A place for each file, or a folder (with a closing slash) for the files of a target.",
            allow_files = True,
        ),
        "headers": attr.label_list(
            doc = "Their headers go to include/, by the paths by which they are included.",
            providers = [CcInfo],
        ),
        "protos": attr.label_list(
            doc = "Their .proto files, and the ones these import, go to include/ as well.",
            providers = [ProtoInfo],
        ),
    },
)
