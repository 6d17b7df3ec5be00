// Writes run and sweep directories in the form in which trials leave them, without training.

#ifndef DIDACT_TESTS_EXPORT_RESULT_TREE_H_
#define DIDACT_TESTS_EXPORT_RESULT_TREE_H_

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace didact {

// Writes bytes to a file and creates the folders of its path.
inline void WriteTreeFile(const std::string& path, absl::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.good()) << path;
}

// Writes a finished trial with two evaluations.
inline void WriteTreeTrial(const std::string& run, int64_t seed) {
  const std::string trial = absl::StrCat(run, "/trials/", seed);
  const std::string numbers = absl::StrCat(",\"train.loss\":", seed, ".5,\"eval.found\":", seed);
  WriteTreeFile(trial + "/metrics.jsonl",
                absl::StrCat("{\"epoch\":-1,\"step\":0", numbers, "}\n{\"epoch\":0,\"step\":10",
                             numbers, ",\"eval.late\":0.25}\n"));
  WriteTreeFile(trial + "/outcome.json",
                "{\"status\":\"finished\",\"steps\":10,\"evaluation\":{}}\n");
}

// Writes a run of the seeds 1 to `trials`, all of them finished.
inline void WriteTreeRun(const std::string& run, int64_t trials) {
  WriteTreeFile(run + "/experiment.textproto",
                absl::StrCat("name: \"tree\" seed { first: 1 last: ", trials,
                             " } optimizer { [didact/Unknown] { rate { a: 1 } } }\n"));
  for (int64_t seed = 1; seed <= trials; ++seed) WriteTreeTrial(run, seed);
}

// Writes a sweep of `experiments` experiments of `trials` trials each, with its index.
inline void WriteTreeSweep(const std::string& sweep, int64_t experiments, int64_t trials) {
  std::string text = "name: \"tree\" base { } axis { field: \"student.width\"";
  std::string index;
  for (int64_t e = 0; e < experiments; ++e) {
    absl::StrAppend(&text, " value: \"", e + 1, "\"");
    std::string number = absl::StrCat(e);
    const size_t width = std::max<size_t>(3, absl::StrCat(experiments - 1).size());
    number.insert(0, width - number.size(), '0');
    WriteTreeRun(absl::StrCat(sweep, "/experiments/", number, "-width=", e + 1), trials);
    for (int64_t seed = 1; seed <= trials; ++seed) {
      for (const char* status : {"running", "finished"}) {
        absl::StrAppend(&index, "{\"experiment\":", e, ",\"seed\":", seed, ",\"status\":\"", status,
                        "\",\"overrides\":{\"student.width\":\"", e + 1, "\"}}\n");
      }
    }
  }
  WriteTreeFile(sweep + "/sweep.textproto", text + " }\n");
  WriteTreeFile(sweep + "/index.jsonl", index);
}

}  // namespace didact

#endif  // DIDACT_TESTS_EXPORT_RESULT_TREE_H_
