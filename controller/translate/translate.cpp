// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/translate.h"

#include "controller/translate/assembly.h"

namespace palpo::translate {

struct Translator::Memory {
  explicit Memory(const Options& options) : assembly(options) {}
  Assembly assembly;
};

Translator::Translator(Options options)
    : options_(std::move(options)), memory_(std::make_unique<Memory>(options_)) {}

Translator::~Translator() = default;

const Translation& Translator::translate(const store::ClusterState& state,
                                         const store::ClusterState::Dirty& dirty) {
  return memory_->assembly.advance(state, dirty);
}

}  // namespace palpo::translate
