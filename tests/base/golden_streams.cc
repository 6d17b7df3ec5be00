#include "tests/base/golden_streams.h"

#include <fstream>
#include <ios>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace didact {

std::vector<GoldenStream> GoldenStreams() {
  std::ifstream file("tests/base/random_streams.txt");
  std::vector<GoldenStream> streams;
  for (std::string line; std::getline(file, line);) {
    if (line.front() == '#') continue;
    std::istringstream fields(line);
    GoldenStream& stream = streams.emplace_back();
    fields >> stream.seed >> stream.path >> std::hex;
    for (uint64_t word; fields >> word;) stream.words.push_back(word);
    EXPECT_EQ(stream.words.size(), std::size(kGoldenIndices)) << line;
  }
  EXPECT_FALSE(streams.empty()) << "random_streams.txt is not there";
  return streams;
}

std::vector<uint64_t> GoldenWords(uint64_t seed, const std::string& path) {
  static const std::vector<GoldenStream>* const streams =
      new std::vector<GoldenStream>(GoldenStreams());
  for (const GoldenStream& stream : *streams) {
    if (stream.seed == seed && stream.path == path) return stream.words;
  }
  ADD_FAILURE() << "random_streams.txt has no stream " << path << " of seed " << seed;
  return {};
}

std::vector<uint64_t> WordsOf(const RandomStream& stream) {
  std::vector<uint64_t> words;
  for (const uint64_t index : kGoldenIndices) words.push_back(stream.Bits(index));
  return words;
}

RandomStream StreamAt(uint64_t seed, const std::string& path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  RandomStream stream(seed, parts.front());
  for (size_t i = 1; i < parts.size(); ++i) {
    uint64_t number = 0;
    stream = absl::SimpleAtoi(parts[i], &number) ? stream.Split(number) : stream.Split(parts[i]);
  }
  return stream;
}

}  // namespace didact
