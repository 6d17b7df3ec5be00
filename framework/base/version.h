// The version of Didact.

#ifndef DIDACT_FRAMEWORK_BASE_VERSION_H_
#define DIDACT_FRAMEWORK_BASE_VERSION_H_

#include <string>

namespace didact {

// The release, e.g. "0.1.0".
std::string Version();

// The commit that the program was built from, with "-modified" if files had changed; "unknown" for
// a build that was not stamped.
std::string Commit();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_VERSION_H_
