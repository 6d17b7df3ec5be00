// Plugins that record the random streams and inputs that they receive.

#ifndef DIDACT_TESTS_TRAINING_RECORDING_PLUGINS_H_
#define DIDACT_TESTS_TRAINING_RECORDING_PLUGINS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "didact/framework/base/random.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// The rows of a matrix of inputs.
using InputRows = std::vector<std::vector<double>>;

// The arguments that the recording plugins have received since the last Clear. Threads: one at a
// time.
struct Recording {
  // The stream of each call, by the place of the plugin: "train_data", "teacher.initializer[1]".
  std::map<std::string, std::vector<RandomStream>> streams;
  // The inputs passed to augmentations at each call, by place.
  std::map<std::string, std::vector<InputRows>> augmented;
  // The inputs of the last evaluation on a data set, by its number of samples.
  std::map<int64_t, InputRows> evaluated;

  void Clear() { *this = {}; }
};

// Returns the recording to which all recording plugins write.
Recording& TheRecording();

// Returns all built-in plugins, and four that record, each with a wrapper message of Protocol
// Buffers as its config:
//
//   dataset       google.protobuf.StringValue  "SIZE,DIMENSION" or "SIZE,DIMENSION,STREAM_SEED";
//                                              every component of input i is i
//   initializer   google.protobuf.BoolValue    changes nothing
//   augmentation  google.protobuf.BoolValue    changes nothing
//   metric        google.protobuf.BoolValue    writes nothing
const PluginRegistry& RecordingRegistry();

}  // namespace didact

#endif  // DIDACT_TESTS_TRAINING_RECORDING_PLUGINS_H_
