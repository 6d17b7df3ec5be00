"""cc_library for the headers that are included as "didact/...", in this tree as where Didact is installed.

The folders framework/ and plugins/ may be in a host program, too, with files of the same names.
"""

_FOLDER = "_include"

def _tree_path(file):
    """The path of a file from the top of its repository."""
    path = file.short_path
    return path.split("/", 2)[2] if path.startswith("../") else path

def include_path(file):
    """The path by which a header is included, or a .proto file imported."""
    path = _tree_path(file)
    _, folder, rest = path.rpartition("/%s/" % _FOLDER)
    if folder:
        return rest

    # Where Bazel puts what has an import_prefix: PACKAGE/_virtual_imports/TARGET/PATH, and the headers
    # generated from it once more.
    for bazels_folder in ["/_virtual_imports/", "/_virtual_includes/"]:
        _, folder, rest = path.rpartition(bazels_folder)
        if folder:
            return rest.partition("/")[2]
    return path

def include_folder(ctx, files, parent = ""):
    """A folder of links to headers, by the paths by which they are included.

    Args:
      ctx: of the rule, in whose package the folder lies.
      files: a dictionary from these paths to files.
      parent: "" or the folder's place in the package, with a closing slash.

    Returns:
      A CcInfo with the folder and the links.
    """
    links = []
    folders = {}
    for path, file in files.items():
        link = ctx.actions.declare_file(parent + _FOLDER + "/" + path)
        ctx.actions.symlink(output = link, target_file = file)
        links.append(link)
        folders[link.path[:-len("/" + path)]] = None
    return CcInfo(compilation_context = cc_common.create_compilation_context(
        headers = depset(links),
        quote_includes = depset(folders.keys()),
    ))

def _cc_prefixed_headers_impl(ctx):
    files = {ctx.attr.prefix + "/" + _tree_path(file): file for file in ctx.files.hdrs + ctx.files.srcs}
    info = include_folder(ctx, files)
    return [info, DefaultInfo(files = info.compilation_context.headers)]

_cc_prefixed_headers = rule(
    doc = """The headers of a library, linked into the folder of its package: one folder for all libraries
    of a package, since Bazel's include_prefix makes one of each, and a compiler that looks through
    two hundred of them takes noticeably longer.""",
    implementation = _cc_prefixed_headers_impl,
    attrs = {
        "hdrs": attr.label_list(allow_files = [".h"]),
        "prefix": attr.string(mandatory = True),
        "srcs": attr.label_list(
            doc = "Headers that the library alone may include.",
            allow_files = [".h"],
        ),
    },
)

def cc_library(name, srcs = [], hdrs = [], deps = [], include_prefix = "didact", **kwargs):
    """A cc_library whose headers are included by INCLUDE_PREFIX and their path in the tree, and by that alone.

    Args:
      name: target name. The headers are the target NAME_headers.
      srcs: as for cc_library; the headers among them have the prefix, too.
      hdrs: as for cc_library. No two libraries of a package have the same header.
      deps: as for cc_library.
      include_prefix: a folder.
      **kwargs: handed to cc_library.
    """
    private_headers = [file for file in srcs if file.endswith(".h")]
    if hdrs or private_headers:
        _cc_prefixed_headers(
            name = name + "_headers",
            testonly = kwargs.get("testonly", False),
            hdrs = hdrs,
            prefix = include_prefix,
            srcs = private_headers,
            visibility = ["//visibility:private"],
        )
        deps = deps + [":%s_headers" % name]
    native.cc_library(
        name = name,
        srcs = [file for file in srcs if not file.endswith(".h")],
        deps = deps,
        **kwargs
    )
