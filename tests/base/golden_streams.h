// Random streams by path, and the golden words of the streams that a trial uses.

#ifndef DIDACT_TESTS_BASE_GOLDEN_STREAMS_H_
#define DIDACT_TESTS_BASE_GOLDEN_STREAMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/base/random.h"

namespace didact {

// A line of random_streams.txt.
struct GoldenStream {
  uint64_t seed = 0;
  std::string path;             // as StreamAt takes it
  std::vector<uint64_t> words;  // raw 64-bit words of the indices kGoldenIndices
};

inline constexpr uint64_t kGoldenIndices[] = {0, 1, 2, 3, (uint64_t{1} << 33) + 1};

// Returns the streams of random_streams.txt, which random_reference.py computes without the
// framework. If streams are changed on purpose, change that program too; it writes the file.
std::vector<GoldenStream> GoldenStreams();

// Returns the golden words of the stream `path` of `seed`; fails the test if there are none.
std::vector<uint64_t> GoldenWords(uint64_t seed, const std::string& path);

// Returns the words of `stream` with the indices kGoldenIndices.
std::vector<uint64_t> WordsOf(const RandomStream& stream);

// Returns the stream of a path: its first part names a stream of `seed`, which is split by each
// further part. "teacher/0" is RandomStream(seed, "teacher").Split(0). A part that consists of
// digits is a number.
RandomStream StreamAt(uint64_t seed, const std::string& path);

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_GOLDEN_STREAMS_H_
