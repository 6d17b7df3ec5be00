#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <utility>

namespace didact {
namespace {

// Bounds the growth of inputs by repetitions, unless twice the longest example is more.
constexpr size_t kMaxBytes = 1 << 16;

// Returns a nearly uniform number in [0, bound); 0 if the bound is 0.
size_t Below(std::mt19937_64& random, size_t bound) { return bound == 0 ? 0 : random() % bound; }

// Returns a range of `bytes`, mostly of up to 64 bytes.
std::pair<size_t, size_t> Stretch(std::mt19937_64& random, const std::string& bytes) {
  const size_t begin = Below(random, bytes.size());
  const size_t longest = random() % 8 == 0 ? bytes.size() : 64;
  return {begin, std::min(1 + Below(random, longest), bytes.size() - begin)};
}

// Returns sizes and counts with which sums and products overflow, limits of the machine's types,
// and small numbers.
uint64_t UpsettingWord(std::mt19937_64& random, size_t size) {
  const uint64_t power = uint64_t{1} << Below(random, 64);
  switch (random() % 5) {
    case 0:
      return power;
    case 1:
      return power - 1;
    case 2:
      return ~power + 1;
    case 3:
      return size + Below(random, 5) - 2;
    default:
      return Below(random, 300);
  }
}

void OverwriteWord(std::mt19937_64& random, std::string& bytes) {
  const size_t width = size_t{1} << Below(random, 4);
  const size_t place = Below(random, bytes.size());
  const uint64_t word = UpsettingWord(random, bytes.size());
  const bool big_endian = random() % 2 == 0;
  for (size_t i = 0; i < width && place + i < bytes.size(); ++i) {
    bytes[place + i] = static_cast<char>(word >> 8 * (big_endian ? width - 1 - i : i));
  }
}

// Numbers in text are the counterpart of machine words.
void OverwriteNumber(std::mt19937_64& random, std::string& bytes) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(Below(random, bytes.size()));
  const auto first = std::find_if(start, bytes.end(), is_digit);
  const auto last = std::find_if_not(first, bytes.end(), is_digit);
  bytes.replace(first, last, std::to_string(UpsettingWord(random, bytes.size())));
}

}  // namespace

Mutation::Mutation(std::vector<std::string> examples, std::vector<std::string> words)
    : examples_(std::move(examples)), words_(std::move(words)), max_bytes_(kMaxBytes) {
  for (const std::string& example : examples_) {
    max_bytes_ = std::max(max_bytes_, 2 * example.size());
  }
}

std::string Mutation::Input(uint64_t i) const {
  Random random(i);
  std::string bytes = examples_[Below(random, examples_.size())];
  for (size_t changes = 1 + Below(random, 8); changes > 0; --changes) Change(random, bytes);
  if (bytes.size() > max_bytes_) bytes.resize(max_bytes_);
  return bytes;
}

void Mutation::Change(Random& random, std::string& bytes) const {
  if (bytes.empty()) {
    bytes = examples_[Below(random, examples_.size())];
    return;
  }
  const size_t place = Below(random, bytes.size());
  switch (random() % 9) {
    case 0:
      bytes[place] = static_cast<char>(bytes[place] ^ 1 << random() % 8);
      return;
    case 1:
      bytes[place] = static_cast<char>(random());
      return;
    case 2:
      OverwriteWord(random, bytes);
      return;
    case 3:
      OverwriteNumber(random, bytes);
      return;
    case 4: {
      const auto [begin, size] = Stretch(random, bytes);
      bytes.erase(begin, size);
      return;
    }
    case 5: {
      const auto [begin, size] = Stretch(random, bytes);
      bytes.insert(place, bytes.substr(begin, size));
      return;
    }
    case 6: {
      const std::string& other = examples_[Below(random, examples_.size())];
      if (other.empty()) return;
      const auto [begin, size] = Stretch(random, other);
      bytes.replace(place, random() % 2 == 0 ? size : 0, other, begin, size);
      return;
    }
    case 7:
      // Rare, because a reader that soon meets the end tests little of a format.
      if (random() % 4 == 0) bytes.resize(place);
      return;
    default:
      if (!words_.empty()) bytes.insert(place, words_[Below(random, words_.size())]);
      return;
  }
}

}  // namespace didact
