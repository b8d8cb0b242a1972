// SPDX-License-Identifier: Apache-2.0
// What the outside world did wrong: a kind to branch on and a text for a person. Value type, any thread.
// Our own broken invariants are PALPO_CHECKs (check.h), never an Error.
#pragma once
#include <string>
#include <string_view>

namespace palpo {

enum class ErrorKind {
  invalid,  // malformed or refused input: the message names the thing at fault
  not_found,
  unavailable,  // connect, resolve or i/o failure: trying again may help
  timeout,
  cancelled,
  limit,  // a size or a count over its bound
  forbidden,
  conflict,
};

struct Error {
  ErrorKind kind = ErrorKind::invalid;
  std::string message;

  // "where: message": the caller's context goes before what it was told.
  Error within(std::string_view where) const;
};

Error invalid(std::string message);

}  // namespace palpo
