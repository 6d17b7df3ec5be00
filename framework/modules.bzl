"""Which module of framework/ may depend on which: the arrows of framework/README.md."""

# tools/check_includes.py reads this list too.
MODULE_DEPENDENCIES = {
    "base": [],
    "io": ["base"],
    "kernels": ["base"],
    "plugin": ["base", "io", "kernels"],
    "config": ["base", "io", "plugin"],
    "network": ["base", "kernels", "plugin"],
    "training": ["base", "config", "io", "kernels", "network", "plugin"],
    "sweep": ["base", "config", "io", "plugin"],
    "conformance": ["base", "config", "io", "plugin"],
    "results": ["base", "config", "io", "kernels", "plugin", "sweep", "training"],
    "export": ["base", "io", "plugin", "results"],
    "execution": ["base", "config", "io", "plugin", "results", "sweep", "training"],
}

# The modules that a plugin may depend on.
PLUGIN_DEPENDENCIES = ["base", "io", "kernels", "plugin"]

def visible_above(module):
    """The visibility of what `module` offers: to itself, to the modules that may depend on it, to the library as a whole, to tests and to tools."""
    users = [user for user, used in MODULE_DEPENDENCIES.items() if module in used or module == user]
    return ["//framework/%s:__subpackages__" % user for user in users] + [
        "//:__pkg__",
        "//tests:__subpackages__",
        "//tools:__subpackages__",
    ] + (["//plugins:__subpackages__"] if module in PLUGIN_DEPENDENCIES else [])
