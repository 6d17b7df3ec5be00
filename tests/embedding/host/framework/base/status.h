// A program's own header, with the name of one of Didact's below didact/.

#ifndef DIDACT_TESTS_EMBEDDING_HOST_FRAMEWORK_BASE_STATUS_H_
#define DIDACT_TESTS_EMBEDDING_HOST_FRAMEWORK_BASE_STATUS_H_

namespace network {

enum class Status { kUp, kDown };

}  // namespace network

#endif  // DIDACT_TESTS_EMBEDDING_HOST_FRAMEWORK_BASE_STATUS_H_
