#include "didact/framework/base/version.h"

#include "didact/framework/base/commit.h"

namespace didact {

std::string Version() { return "0.1.0"; }

std::string Commit() { return kCommit; }

}  // namespace didact
