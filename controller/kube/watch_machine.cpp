// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/watch_machine.h"

#include <algorithm>

namespace palpo::kube {
namespace {

using std::chrono::milliseconds;

constexpr int kPageSize = 500;
// A role may be bound, a token renewed, a CRD applied at any time, and asking costs next to nothing.
constexpr milliseconds kLongestDenial{2000};
// A server that is gone may be back at any time.
constexpr milliseconds kLongestAbsence{5000};
// Longer than this, a stream was of use whatever it carried.
constexpr milliseconds kUsefulStream{5000};
constexpr int kTriesOfOneVersion = 5;
// Lists stand in for a watch that is denied, but not as often as it is asked for again.
constexpr int kWatchesOfOneList = 15;
constexpr std::chrono::seconds kLongestRetryAfter{300};

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

// "/apis/GROUP/VERSION/PLURAL" and "/api/v1/PLURAL", taken apart.
std::string plural_of(const KindInfo& kind) {
  return std::string(kind.path.substr(kind.path.rfind('/') + 1));
}
std::string group_of(const KindInfo& kind) {
  const auto slash = kind.api_version.find('/');
  return std::string(slash == std::string_view::npos ? std::string_view()
                                                     : kind.api_version.substr(0, slash));
}

// "/apis/GROUP/VERSION/PLURAL", with "namespaces/NAME/" before the plural when one namespace is followed.
std::string list_path(const Scope& scope) {
  const auto& kind = info(scope.kind);
  std::string path(kind.path);
  if (!scope.namespace_.empty() && kind.namespaced)
    path.insert(path.rfind('/'), "/namespaces/" + percent_encoded(scope.namespace_));
  return path;
}

// Of the namespaces only the one that is followed: a role may be limited to its name.
std::string selectors(const Reading& reading) {
  std::string fields(info(reading.scope.kind).field_selector);
  const bool its_own = reading.scope.kind == Kind::namespace_ && !reading.scope.namespace_.empty();
  const auto& name = its_own ? reading.scope.namespace_ : reading.name;
  if (!name.empty()) fields += (fields.empty() ? "metadata.name=" : ",metadata.name=") + name;
  std::string query;
  if (!fields.empty()) query += "&fieldSelector=" + percent_encoded(fields);
  if (!reading.label_selector.empty()) query += "&labelSelector=" + percent_encoded(reading.label_selector);
  return query;
}

// What a cluster's administrator has to do about a 403.
std::string advice_of(const Scope& scope) {
  const auto& kind = info(scope.kind);
  const bool one_namespace = kind.namespaced && !scope.namespace_.empty();
  return "grant the verbs list and watch on " + plural_of(kind) + " of the API group \"" + group_of(kind) +
         "\" " +
         (one_namespace ? "in the namespace " + scope.namespace_ + " (Role)" : "cluster-wide (ClusterRole)");
}

WatchAction act(std::variant<ListNext, WatchNext, WaitNext> next) {
  WatchAction action;
  action.next = std::move(next);
  return action;
}

std::string http_trouble(int status) { return "HTTP " + std::to_string(status); }

WatchAction at_most(milliseconds longest, WatchAction action) {
  if (auto* const waiting = std::get_if<WaitNext>(&action.next))
    waiting->delay = std::min(waiting->delay, longest);
  return action;
}

}  // namespace

WatchMachine::WatchMachine(Reading reading, const WatchOptions& options)
    : reading_(std::move(reading)),
      options_(options),
      path_(list_path(reading_.scope)),
      selectors_(selectors(reading_)),
      backoff_(options.first_backoff, options.backoff_cap, options.seed),
      random_(options.seed) {}

WatchAction WatchMachine::start() { return list(true); }

WatchAction WatchMachine::step(const WatchInput& input) {
  return std::visit([this](const auto& happened) { return on(happened); }, input);
}

bool WatchMachine::saw(std::string resource_version) {
  version_ = std::move(resource_version);
  return progress();
}

bool WatchMachine::progress() {
  failures_ = 0;
  doubtful_ = false;
  watch_denials_ = 0;
  backoff_.reset();
  return !std::exchange(told_, {}).empty();
}

WatchAction WatchMachine::on(const PageRead& page) {
  continue_ = page.continue_token;
  if (!continue_.empty()) return list(false);
  version_ = page.resource_version;
  synced_ = true;
  // That lists are allowed is no news while watches are denied.
  const bool recovered = watch_denials_ == 0 && !std::exchange(told_, {}).empty();
  // A watch that is refused right after each list must not turn into a loop of lists without a wait.
  if (!doubtful_) progress();
  auto action = watch();
  action.list_complete = true;
  action.recovered = recovered;
  return action;
}

WatchAction WatchMachine::on(const Refused& refused) {
  const int status = refused.status;
  if (status == 410) return doubt();
  if (status == 404 || status == 403) return deny(refused);
  const auto what = words_of(refused);
  const bool passing = status == 401 || status == 429 || status >= 500;
  if (!passing) return doubt(http_trouble(status), what);
  // A version from before a restored backup is answered like an overloaded server.
  const bool watch_again = state_ == State::watching && failures_ < kTriesOfOneVersion;
  const auto asked = std::min<milliseconds>(refused.retry_after, kLongestRetryAfter);
  auto waiting = wait(watch_again ? State::waiting_to_watch : State::waiting_to_list, asked);
  if (status == 401) waiting = at_most(kLongestDenial, std::move(waiting));
  return report(std::move(waiting), http_trouble(status), what);
}

WatchAction WatchMachine::on(const Disconnected& disconnected) {
  const char* const trouble = disconnected.tls_fault ? "TLS" : "unavailable";
  if (state_ == State::listing) {
    auto waiting = at_most(kLongestAbsence, wait(State::waiting_to_list));
    return report(std::move(waiting), trouble, disconnected.message);
  }
  const bool recovered = disconnected.lasted >= kUsefulStream && progress();
  auto action =
      report(at_most(kLongestAbsence, again(State::waiting_to_watch)), trouble, disconnected.message);
  action.recovered = recovered;
  return action;
}

WatchAction WatchMachine::on(const StreamEnded& ended) {
  const bool recovered = ended.lasted >= kUsefulStream && progress();
  auto action = at_most(kLongestAbsence, again(State::waiting_to_watch));
  action.recovered = recovered;
  return action;
}

WatchAction WatchMachine::on(const Garbled& garbled) { return doubt("garbled", garbled.message); }

// What is known of the kind, or of the list so far, cannot be continued: a new list says what is now.
WatchAction WatchMachine::doubt(const std::string& trouble, const std::string& what) {
  doubtful_ = true;
  continue_.clear();
  auto action = again(State::waiting_to_list);
  return trouble.empty() ? action : report(std::move(action), trouble, what);
}

// What is known is kept, whatever it is that is denied: a right that is taken away takes no route away.
WatchAction WatchMachine::deny(const Refused& refused) {
  const auto what = words_of(refused);
  auto action = tell(at_most(kLongestDenial, after_denial()), http_trouble(refused.status), what, true);
  action.denied = what;
  action.absent = !synced_ && info(reading_.scope.kind).absent_by == refused.status;
  return action;
}

// A right is mostly given or taken for both verbs, so a list says what is now. Where only watches are denied,
// lists stand in for them.
WatchAction WatchMachine::after_denial() {
  doubtful_ = true;
  continue_.clear();
  watch_denials_ = state_ == State::watching ? watch_denials_ + 1 : 0;
  const bool listed = watch_denials_ > 1 && watch_denials_ % kWatchesOfOneList != 0;
  return wait(listed ? State::waiting_to_watch : State::waiting_to_list);
}

std::string WatchMachine::words_of(const Refused& refused) const {
  auto words = "the API server answers " + std::to_string(refused.status) + ": " + refused.message;
  if (refused.status == 403) words += "; " + advice_of(reading_.scope);
  return words;
}

WatchAction WatchMachine::on(const Waited&) {
  return state_ == State::waiting_to_watch ? watch() : list(continue_.empty());
}

WatchAction WatchMachine::list(bool first) {
  state_ = State::listing;
  if (first) continue_.clear();
  auto target = path_ + "?limit=" + std::to_string(kPageSize) + selectors_;
  if (!continue_.empty()) target += "&continue=" + percent_encoded(continue_);
  return act(ListNext{std::move(target), first});
}

WatchAction WatchMachine::watch() {
  state_ = State::watching;
  const auto spread = options_.watch_length.count() / 10;
  const auto seconds =
      options_.watch_length.count() + std::uniform_int_distribution<long>(0, spread)(random_);
  return act(WatchNext{path_ +
                       "?watch=true&allowWatchBookmarks=true&resourceVersion=" + percent_encoded(version_) +
                       "&timeoutSeconds=" + std::to_string(seconds) + selectors_});
}

// asked: the server's Retry-After, which it tells everybody alike: never less, and spread beyond it.
WatchAction WatchMachine::wait(State after, milliseconds asked) {
  state_ = after;
  ++failures_;
  const auto ours = backoff_.next();
  return act(WaitNext{asked > milliseconds(0) ? std::max(ours, asked + ours / 2) : ours});
}

WatchAction WatchMachine::again(State after) {
  if (failures_ > 0) return wait(after);
  ++failures_;
  return after == State::waiting_to_watch ? watch() : list(true);
}

// A stream that breaks off and is resumed is nothing to tell.
WatchAction WatchMachine::report(WatchAction action, const std::string& trouble, const std::string& what) {
  if (synced_ && failures_ < 2) return action;
  // A synced kind is served from what is known, and its watch resumes: only a denial unmakes that.
  return tell(std::move(action), trouble, what, !synced_);
}

// Trouble of the same class is told once, however its words vary.
WatchAction WatchMachine::tell(WatchAction action, const std::string& trouble, const std::string& what,
                               bool unreadable) {
  if (told_ == trouble) return action;
  told_ = trouble;
  action.trouble = what;
  action.unreadable = unreadable;
  return action;
}

}  // namespace palpo::kube
