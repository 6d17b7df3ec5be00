// Turns a file into C++ source: a function that returns the file's bytes.
//
// embed_file --input=FILE --function=NAME --header=FILE --source=FILE --include=PATH
//
// The function is didact::NAME(), an absl::string_view over constant data.
// PATH is the path in the #include of the header. Used by embed_proto_documentation
// in didact.bzl during the build, and installed as didact_embed_file for builds without Bazel.

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace {

using Flags = std::map<std::string, std::string>;

// Parses `--key=value` arguments; ends the program at anything else or if a key is missing.
Flags ParseFlags(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    const std::size_t equals = argument.find('=');
    if (argument.substr(0, 2) != "--" || equals == std::string_view::npos) {
      std::cerr << "embed_file: must be --key=value, got " << argument << "\n";
      std::exit(2);
    }
    flags.emplace(argument.substr(2, equals - 2), argument.substr(equals + 1));
  }
  for (const char* key : {"input", "function", "header", "source", "include"}) {
    if (flags[key].empty()) {
      std::cerr << "embed_file: --" << key << " is missing\n";
      std::exit(2);
    }
  }
  return flags;
}

// Returns DIDACT_PATH_FILE_H_ for path/file.h.
std::string IncludeGuard(const std::string& include) {
  std::string guard = "DIDACT_";
  for (const char c : include) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    guard += !alphanumeric ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return guard + "_";
}

std::string Header(const Flags& flags) {
  const std::string guard = IncludeGuard(flags.at("include"));
  return "// Generated: the bytes of a file, embedded in the program.\n\n#ifndef " + guard +
         "\n#define " + guard +
         "\n\n#include \"absl/strings/string_view.h\"\n\nnamespace didact {\n\n" +
         "absl::string_view " + flags.at("function") +
         "();\n\n}  // namespace didact\n\n#endif  // " + guard + "\n";
}

std::string Source(const Flags& flags, const std::string& bytes) {
  constexpr std::size_t kPerLine = 20;
  std::string source =
      "// Generated: the bytes of a file, embedded in the program.\n\n#include \"" +
      flags.at("include") + "\"\n\nnamespace didact {\nnamespace {\n\n" +
      "constexpr unsigned char kBytes[] = {";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    source += i % kPerLine == 0 ? "\n    " : " ";
    source += std::to_string(static_cast<unsigned char>(bytes[i])) + ",";
  }
  // The closing zero is not part of the bytes; it keeps the array from being empty.
  source += "\n    0};\n\n}  // namespace\n\nabsl::string_view " + flags.at("function") +
            "() {\n  return absl::string_view(reinterpret_cast<const char*>(kBytes), " +
            "sizeof(kBytes) - 1);\n}\n\n}  // namespace didact\n";
  return source;
}

// Returns false if the file could not be written completely.
bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "embed_file: cannot write " << path << "\n";
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  const Flags flags = ParseFlags(argc, argv);
  std::ifstream input(flags.at("input"), std::ios::binary);
  if (!input) {
    std::cerr << "embed_file: cannot read " << flags.at("input") << "\n";
    return 1;
  }
  const std::string bytes{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  return Write(flags.at("header"), Header(flags)) && Write(flags.at("source"), Source(flags, bytes))
             ? 0
             : 1;
}
