// A plugin library whose manifest has no registration function.

#include "didact/framework/plugin/library/manifest.h"

DIDACT_PLUGIN_LIBRARY("null", "1.0", nullptr)
