// SPDX-License-Identifier: Apache-2.0
// What the annotations of other ingress controllers mean: the one table of their keys, to be extended there.
// It speaks of keys and values only; what follows for an object is decided in annotations.h. Pure, any
// thread.
#pragma once
#include <string_view>

namespace palpo::translate {

enum class AnnotationEffect {
  none,       // harmless here: what it asks for is so anyway, cannot matter, or nothing is asked for
  unknown,    // of nobody we know: a label for people or for another tool
  changes,    // asks for something that is not done here
  regex,      // says that paths are regular expressions, which they are not here
  restricts,  // keeps somebody out, which cannot be done here
};

// key: "nginx.ingress.kubernetes.io/auth-url". has_tls: the object asks for TLS, so that plain requests are
// redirected.
AnnotationEffect annotation_effect(std::string_view key, std::string_view value, bool has_tls);

}  // namespace palpo::translate
