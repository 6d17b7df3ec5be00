#include "didact/framework/base/problem.h"

#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace didact {
namespace {

// The payload is the texts of all problems (origin, path, plugin, text), each as a netstring: its
// length in decimal, a colon, the text, a comma.
constexpr absl::string_view kPayloadName = "didact/problems";

void AppendNetstring(absl::string_view text, std::string& payload) {
  absl::StrAppend(&payload, text.size(), ":", text, ",");
}

// Takes a netstring from the beginning of `payload`; false if there is none.
bool TakeNetstring(absl::string_view& payload, std::string& text) {
  const size_t colon = payload.find(':');
  uint64_t size = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(payload.substr(0, colon), &size)) {
    return false;
  }
  payload.remove_prefix(colon + 1);
  if (size >= payload.size() || payload[size] != ',') return false;
  text = std::string(payload.substr(0, size));
  payload.remove_prefix(size + 1);
  return true;
}

std::string Encode(const std::vector<Problem>& problems) {
  std::string payload;
  for (const Problem& problem : problems) {
    AppendNetstring(problem.path.origin(), payload);
    AppendNetstring(problem.path.path(), payload);
    AppendNetstring(problem.plugin, payload);
    AppendNetstring(problem.text, payload);
  }
  return payload;
}

std::vector<Problem> Decode(absl::string_view payload) {
  std::vector<Problem> problems;
  std::string origin;
  std::string path;
  Problem problem;
  while (TakeNetstring(payload, origin) && TakeNetstring(payload, path) &&
         TakeNetstring(payload, problem.plugin) && TakeNetstring(payload, problem.text)) {
    problem.path = FieldPath(origin).Field(path);
    problems.push_back(problem);
  }
  return problems;
}

std::string MessageOf(const std::vector<Problem>& problems) {
  return absl::StrJoin(problems, "\n", [](std::string* message, const Problem& problem) {
    absl::StrAppend(message, problem.ToString());
  });
}

}  // namespace

std::string Problem::ToString() const {
  const std::string where = path.ToString();
  if (!plugin.empty()) return absl::StrCat(where, " (", plugin, ") ", text);
  return where.empty() ? text : absl::StrCat(where, ": ", text);
}

absl::Status StatusOf(absl::StatusCode code, const std::vector<Problem>& problems) {
  absl::Status status(code, MessageOf(problems));
  if (ProblemsOf(status) != problems) {
    status.SetPayload(kPayloadName, absl::Cord(Encode(problems)));
  }
  return status;
}

std::vector<Problem> ProblemsOf(const absl::Status& status) {
  if (status.ok()) return {};
  if (const auto payload = status.GetPayload(kPayloadName)) {
    std::vector<Problem> problems = Decode(std::string(*payload));
    // The payload may come from a plugin, or from a status with another message.
    if (!problems.empty() && MessageOf(problems) == status.message()) return problems;
  }
  return {{FieldPath(), std::string(status.message()), ""}};
}

absl::Status AppendText(const absl::Status& status, absl::string_view text) {
  if (status.ok()) return status;
  std::vector<Problem> problems = ProblemsOf(status);
  absl::StrAppend(&problems.back().text, text);
  return StatusOf(status.code(), problems);
}

}  // namespace didact
