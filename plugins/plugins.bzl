"""The list of the built-in plugins, and what is made of it: their libraries, declarations and registration."""

load("//tools/bazel:cc_library.bzl", "cc_library")

# The plugins of each kind, by their file without `.cc`: `leaky_relu` is
# plugins/activations/leaky_relu.cc, which defines RegisterLeakyRelu for the config message
# didact.LeakyRelu in protos/plugins/activation.proto.
BUILTIN_PLUGINS = {
    "activation": [
        "erf",
        "gelu",
        "identity",
        "leaky_relu",
        "relu",
        "softplus",
        "tanh",
    ],
    "augmentation": [
        "gaussian_noise",
        "normalize",
        "random_crop",
        "random_horizontal_flip",
    ],
    "dataset": [
        "boundary_inputs",
        "cifar10_dataset",
        "gaussian_inputs",
        "idx_dataset",
        "npy_dataset",
        "sphere_inputs",
        "uniform_inputs",
    ],
    "initializer": [
        "balance_activations",
        "constant_bias",
        "copy_teacher",
        "decay_fan_out",
        "gaussian_weights",
        "normalize_fan_in",
        "npz_weights",
        "orient_to_teacher_node",
        "orthogonal_weights",
        "prune",
        "scale_weights",
        "separated_weights",
        "standardize_output",
        "uniform_fan_in",
    ],
    "loss": [
        "cross_entropy",
        "half_squared_error",
        "mean_squared_error",
    ],
    "metric": [
        "accuracy",
        "activation_product",
        "boundary_observability",
        "fan_out_norm",
        "gradient_norm",
        "loss",
        "per_sample_gradient",
        "specialization",
        "weight_change",
        "weight_norm",
    ],
    "optimizer": [
        "adam",
        "adam_w",
        "sgd",
    ],
    "projection": [
        "freeze",
        "unit_fan_in",
        "zero_bias",
    ],
    "schedule": [
        "constant",
        "cosine",
        "piecewise",
        "step_decay",
    ],
}

# The .proto files of configs; their comments are the manual.
CONFIG_PROTOS = [
    "//protos:experiment_proto",
    "//protos:network_proto",
    "//protos:sweep_proto",
    "//protos:training_proto",
] + ["//protos/plugins:%s_proto" % kind for kind in BUILTIN_PLUGINS]

def _folder(kind):
    return kind + ("es" if kind.endswith("s") else "s")

def _register_function(plugin):
    return "Register" + "".join([word.capitalize() for word in plugin.split("_")])

def _write_file_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(output, "\n".join(ctx.attr.lines) + "\n")
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles([output]))]

_write_file = rule(
    implementation = _write_file_impl,
    attrs = {"lines": attr.string_list(mandatory = True)},
)

def _header(name, purpose, includes, declarations):
    """A generated header NAME of this package, in namespace didact."""
    guard = "DIDACT_%s_" % (native.package_name() + "/" + name).upper().replace("/", "_").replace(".", "_")
    _write_file(
        name = name,
        lines = [
            "// Generated from plugins/plugins.bzl: " + purpose,
            "",
            "#ifndef " + guard,
            "#define " + guard,
            "",
            "#include \"absl/status/status.h\"",
        ] + ["#include \"%s\"" % include for include in includes] + [
            "",
            "namespace didact {",
            "",
            "class PluginRegistry;",
            "",
        ] + declarations + [
            "",
            "}  // namespace didact",
            "",
            "#endif  // " + guard,
        ],
    )

def builtin_plugins(kind, deps = []):
    """The libraries of all built-in plugins of a kind, in whose folder it is called.

    A library per plugin is named like its file, and :FOLDER is all of them. :declarations has the
    header FOLDER.h with the Register functions, for tests.

    Args:
      kind: as in BUILTIN_PLUGINS.
      deps: libraries of the folder that its plugins share. All else that a plugin may use,
        //framework/plugin:interface, they have without being told.
    """
    folder = _folder(kind)
    plugins = BUILTIN_PLUGINS[kind]
    for file in native.glob(["*.cc"]):
        if file[:-len(".cc")] not in plugins and ":" + file[:-len(".cc")] not in deps:
            fail("plugins/%s/%s is not in the list plugins/plugins.bzl" % (folder, file))

    _header(
        name = folder + ".h",
        purpose = "the registration of all plugins of kind %s." % kind,
        includes = [],
        declarations = [
            "// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.",
        ] + ["absl::Status %s(PluginRegistry& registry);" % _register_function(plugin) for plugin in plugins],
    )
    cc_library(
        name = "declarations",
        hdrs = [folder + ".h"],
        deps = ["@system//:absl_status"],
    )
    for plugin in plugins:
        cc_library(
            name = plugin,
            srcs = [plugin + ".cc"],
            deps = deps + [
                "//framework/plugin:interface",
                "//protos/plugins:%s_cc_proto" % kind,
            ],
        )
    cc_library(
        name = folder,
        deps = [":declarations"] + [":" + plugin for plugin in plugins],
    )

def builtin_registration(name):
    """The library :NAME with the header NAME.h, which lists the Register functions of all built-in plugins.

    Args:
      name: lower_case_with_underscores.
    """
    functions = [_register_function(plugin) for plugins in BUILTIN_PLUGINS.values() for plugin in plugins]
    _header(
        name = name + ".h",
        purpose = "the registration of all built-in plugins.",
        includes = ["didact/plugins/%s/%s.h" % (_folder(kind), _folder(kind)) for kind in BUILTIN_PLUGINS],
        declarations = [
            "// Every built-in plugin once.",
            "inline constexpr absl::Status (*kBuiltinPlugins[])(PluginRegistry&) = {",
        ] + ["    %s," % function for function in functions] + [
            "};",
        ],
    )
    cc_library(
        name = name,
        hdrs = [name + ".h"],
        deps = ["//plugins/" + _folder(kind) for kind in BUILTIN_PLUGINS] + ["@system//:absl_status"],
    )
