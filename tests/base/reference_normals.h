// Normals that random_reference.py computes with 50 decimal digits, and the distance of doubles
// from them.

#ifndef DIDACT_TESTS_BASE_REFERENCE_NORMALS_H_
#define DIDACT_TESTS_BASE_REFERENCE_NORMALS_H_

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace didact {

// A line of random_normals.txt.
struct ReferenceNormal {
  uint64_t seed = 0;
  std::string path;  // as StreamAt takes it
  uint64_t index = 0;
  long double normal = 0;
};

// A line of normal_pairs.txt.
struct ReferencePair {
  uint64_t upper_radius = 0, lower_radius = 0, upper_angle = 0, lower_angle = 0;
  long double first = 0, second = 0;
};

inline std::istream& operator>>(std::istream& stream, ReferenceNormal& line) {
  return stream >> line.seed >> line.path >> line.index >> line.normal;
}

inline std::istream& operator>>(std::istream& stream, ReferencePair& line) {
  return stream >> std::hex >> line.upper_radius >> line.lower_radius >> line.upper_angle >>
         line.lower_angle >> std::dec >> line.first >> line.second;
}

// Reads all lines of a file of this folder except its comments.
template <class Line>
std::vector<Line> ReadReference(const std::string& file) {
  std::ifstream stream("tests/base/" + file);
  std::vector<Line> lines;
  for (std::string text; std::getline(stream, text);) {
    if (text.front() == '#') continue;
    std::istringstream fields(text);
    fields >> lines.emplace_back();
    EXPECT_FALSE(fields.fail()) << text;
  }
  EXPECT_FALSE(lines.empty()) << file << " is not there";
  return lines;
}

// |actual - exact| in units of the last place that `exact` has as a T.
template <class T>
double ErrorInLastPlaces(T actual, long double exact) {
  const int last_place = std::ilogb(exact) - (std::numeric_limits<T>::digits - 1);
  return static_cast<double>(
      std::ldexp(std::fabs(static_cast<long double>(actual) - exact), -last_place));
}

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_REFERENCE_NORMALS_H_
