// SPDX-License-Identifier: Apache-2.0
// Runs a harness over its corpus without libFuzzer: every file, every prefix of it, and mutations whose seed
// is the file's content, so that a run can be repeated. A crash names the input in a file beside the working
// directory.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr unsigned kSecondsPerInput = 20;  // of inputs of a few kilobytes: more is a way to stop a program
constexpr std::size_t kPrefixes = 300;
constexpr int kMutations = 300;
constexpr std::size_t kGrowth = 64;

std::string current;  // for the crash report; signal handlers may only read it

void on_crash(int signal) {
  const char* name = "fuzz-crash.bin";
  if (auto* file = std::fopen(name, "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "crashed by signal %d on %zu bytes, kept in %s\n", signal, current.size(), name);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  // An allocation of the exact size, so that a sanitizer sees a read beyond its end.
  const std::vector<std::uint8_t> exact(current.begin(), current.end());
  alarm(kSecondsPerInput);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string mutate(std::string input, const std::vector<std::string>& corpus, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (auto steps = 1 + below(4); steps > 0; --steps) {
    const auto at = below(input.size() + 1);
    switch (below(6)) {
      case 0:
        if (!input.empty()) input[below(input.size())] = static_cast<char>(random());
        break;
      case 1:
        if (!input.empty()) input[below(input.size())] ^= static_cast<char>(1U << below(8));
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 3:
        input.erase(at, 1 + below(8));
        break;
      case 4:  // repeats a piece
        input.insert(at, input.substr(below(input.size() + 1), below(kGrowth)));
        break;
      default: {  // takes a piece of another one
        const auto& other = corpus[below(corpus.size())];
        input.insert(at, other.substr(below(other.size() + 1), below(kGrowth)));
      }
    }
  }
  return input;
}

std::vector<std::string> read_corpus(const char* folder) {
  std::vector<std::string> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", arguments[0]);
    return 2;
  }
  const auto corpus = read_corpus(arguments[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no file in %s\n", arguments[0], arguments[1]);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) std::signal(signal, on_crash);
  std::size_t runs = 0;
  run({});
  for (const auto& input : corpus) {
    run(input);
    const auto step = 1 + input.size() / kPrefixes;
    for (std::size_t size = 0; size < input.size(); size += step, ++runs) run(input.substr(0, size));
    std::mt19937_64 random(std::hash<std::string>{}(input));
    for (int i = 0; i < kMutations; ++i, ++runs) run(mutate(input, corpus, random));
  }
  std::printf("%zu files, %zu inputs\n", corpus.size(), runs + corpus.size() + 1);
  return 0;
}
