#include "didact/framework/results/metrics_reader.h"

#include <limits>
#include <optional>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

using Json = nlohmann::json;

// Collects the members of an object of numbers; stops at any other value.
class LineHandler final : public Json::json_sax_t {
 public:
  explicit LineHandler(RecordedEvaluation& evaluation) : evaluation_(evaluation) {
    evaluation_.values.clear();
  }

  // Returns what is wrong with the line, or an empty text.
  std::string Problem() const {
    if (!problem_.empty()) return problem_;
    if (!epoch_) return "has no \"epoch\"";
    if (!step_) return "has no \"step\"";
    absl::flat_hash_set<absl::string_view> keys;
    for (const MetricValue& value : evaluation_.values) {
      if (!keys.insert(value.key).second) {
        return absl::StrCat("\"", absl::Utf8SafeCHexEscape(value.key), "\" is there twice");
      }
    }
    return "";
  }

  bool null() override { return Add(std::numeric_limits<double>::quiet_NaN(), "null"); }
  bool number_integer(number_integer_t number) override { return AddInteger(number); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Refuse(absl::StrCat("the number ", number, " does not fit 63 bits"));
    }
    return AddInteger(static_cast<int64_t>(number));
  }
  bool number_float(number_float_t number, const string_t& text) override {
    return Add(number, text);
  }
  bool key(string_t& key) override {
    key_ = std::move(key);
    return true;
  }
  bool start_object(std::size_t) override { return is_open_ ? RefuseValue() : (is_open_ = true); }
  bool end_object() override { return true; }

  bool boolean(bool) override { return RefuseValue(); }
  bool string(string_t&) override { return RefuseValue(); }
  bool binary(binary_t&) override { return RefuseValue(); }
  bool start_array(std::size_t) override { return RefuseValue(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Refuse(absl::StrCat("is no JSON from byte ", position, " on"));
  }

 private:
  bool Refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool RefuseValue() {
    if (!is_open_) return Refuse("must be a JSON object");
    return Refuse(absl::StrCat("\"", absl::Utf8SafeCHexEscape(key_), "\" must be a number"));
  }

  bool AddInteger(int64_t number) {
    std::optional<int64_t>* const place = key_ == "epoch"  ? &epoch_
                                          : key_ == "step" ? &step_
                                                           : nullptr;
    if (!is_open_ || place == nullptr) return Add(number, absl::StrCat(number));
    if (place->has_value()) return Refuse(absl::StrCat("\"", key_, "\" is there twice"));
    *place = number;
    (place == &epoch_ ? evaluation_.epoch : evaluation_.step) = number;
    return true;
  }

  bool Add(Record::Number number, std::string text) {
    if (!is_open_) return RefuseValue();
    if (key_ == "epoch" || key_ == "step") {
      return Refuse(absl::StrCat("\"", key_, "\" must be a whole number, got ", text));
    }
    evaluation_.values.push_back({std::move(key_), number, std::move(text)});
    return true;
  }

  RecordedEvaluation& evaluation_;
  std::optional<int64_t> epoch_;
  std::optional<int64_t> step_;
  std::string key_;
  std::string problem_;
  bool is_open_ = false;
};

}  // namespace

absl::StatusOr<MetricsReader> MetricsReader::Open(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(LineReader lines, LineReader::Open(path));
  return MetricsReader(std::move(lines));
}

absl::StatusOr<bool> MetricsReader::Next(RecordedEvaluation& evaluation) {
  absl::string_view line;
  DIDACT_ASSIGN_OR_RETURN(const bool found, lines_.Next(line));
  if (!found) return false;
  LineHandler handler(evaluation);
  Json::sax_parse(line.begin(), line.end(), &handler);
  std::string problem = handler.Problem();
  if (problem.empty() && evaluation.epoch <= last_epoch_) {
    problem = absl::StrCat("epoch ", evaluation.epoch, " must not come after ", last_epoch_);
    if (last_epoch_ < -1) problem = absl::StrCat("there is no epoch ", evaluation.epoch);
  }
  if (!problem.empty()) {
    return absl::DataLossError(absl::StrCat(path(), ":", lines_.number(), ": ", problem));
  }
  last_epoch_ = evaluation.epoch;
  return true;
}

}  // namespace didact
