// SPDX-License-Identifier: Apache-2.0
// How one scope is followed: list it in pages, watch from the list's version, resume where a stream ended,
// list again when that version is gone. Sans-io: step() takes what happened and says what to do next. One
// owner, one thread. Nothing is lost or told twice: the version moves only after a whole event.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>

#include "base/backoff.h"
#include "controller/kube/scope.h"

namespace palpo::kube {

struct WatchOptions {
  std::chrono::milliseconds first_backoff{200};
  std::chrono::milliseconds backoff_cap{10000};
  std::chrono::seconds watch_length{290};
  std::uint64_t seed = std::random_device{}();
};

// Inputs.
struct PageRead {
  std::string continue_token;
  std::string resource_version;
};
struct Refused {  // an answer other than 200, or an ERROR event
  int status = 0;
  std::string message;
  std::chrono::seconds retry_after{0};
};
struct Disconnected {  // no answer, or an answer that broke off
  std::string message;
  std::chrono::milliseconds lasted{0};
  bool tls_fault = false;  // the server was not believed, or our own certificate is of no use
};
struct StreamEnded {  // a watch ended as HTTP ends an answer
  std::chrono::milliseconds lasted{0};
};
struct Garbled {  // an answer that is not what it should be
  std::string message;
};
struct Waited {};
using WatchInput = std::variant<PageRead, Refused, Disconnected, StreamEnded, Garbled, Waited>;

// Actions.
struct ListNext {  // GET one page; the first one begins a new list
  std::string target;
  bool first = true;
};
struct WatchNext {
  std::string target;
};
struct WaitNext {
  std::chrono::milliseconds delay{0};
};
struct WatchAction {
  std::variant<ListNext, WatchNext, WaitNext> next;
  bool list_complete = false;          // the pages since the first one are the whole kind
  std::optional<std::string> trouble;  // what to tell people: only when it changed
  bool unreadable = false;             // with trouble: the kind cannot be read at all now
  std::optional<std::string> denied;   // 403 or 404 now, whether it is news or not
  bool absent = false;                 // with denied: by this answer a cluster is without the kind
  bool recovered = false;              // trouble was told before and is over
};

class WatchMachine {
 public:
  WatchMachine(Reading reading, const WatchOptions& options);

  WatchAction start();
  WatchAction step(const WatchInput& input);
  // A whole event was handled: the next watch begins behind it. True: trouble was told before and is over.
  bool saw(std::string resource_version);

 private:
  enum class State { listing, watching, waiting_to_list, waiting_to_watch };

  WatchAction on(const PageRead& page);
  WatchAction on(const Refused& refused);
  WatchAction on(const Disconnected& disconnected);
  WatchAction on(const StreamEnded& ended);
  WatchAction on(const Garbled& garbled);
  WatchAction on(const Waited&);

  WatchAction list(bool first);
  WatchAction watch();
  WatchAction wait(State after, std::chrono::milliseconds asked = {});
  WatchAction doubt(const std::string& trouble = {}, const std::string& what = {});
  WatchAction deny(const Refused& refused);
  WatchAction after_denial();
  std::string words_of(const Refused& refused) const;
  WatchAction again(State after);  // at once the first time, after a wait when it repeats without progress
  WatchAction report(WatchAction action, const std::string& trouble, const std::string& what);
  WatchAction tell(WatchAction action, const std::string& trouble, const std::string& what, bool unreadable);
  bool progress();

  const Reading reading_;
  const WatchOptions options_;
  const std::string path_;
  const std::string selectors_;
  Backoff backoff_;
  std::mt19937_64 random_;
  State state_ = State::listing;
  std::string continue_;
  std::string version_;
  bool synced_ = false;
  int failures_ = 0;       // in a row, without progress
  bool doubtful_ = false;  // a watch was refused in a way that a list alone does not mend
  int watch_denials_ = 0;  // in a row, while lists are allowed
  std::string told_;       // the class of the trouble people know of; empty: none
};

}  // namespace palpo::kube
