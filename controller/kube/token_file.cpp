// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/token_file.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>

namespace palpo::kube {
namespace {

Result<std::string> read_token(const std::string& path) {
  const std::ifstream file(path);
  if (!file) return Error{ErrorKind::not_found, "token file " + path + " cannot be read"};
  std::ostringstream text;
  text << file.rdbuf();
  auto token = clean_token(text.str());
  return token ? std::move(token) : token.error().within("token file " + path);
}

// Shared by the threads that make requests, so it has a lock; it is held for a file read at most.
class TokenFile {
 public:
  TokenFile(std::string path, std::string token, std::function<Clock::time_point()> now)
      : path_(std::move(path)), now_(std::move(now)), token_(std::move(token)), read_at_(now_()) {}

  std::string get(TokenWish wish) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (wish == TokenWish::renewed || now - read_at_ >= kTokenCache) {
      // A file that is just being written is read again with the next request.
      if (auto token = read_token(path_)) {
        token_ = std::move(*token);
        read_at_ = now;
      }
    }
    return token_;
  }

 private:
  const std::string path_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::string token_;
  Clock::time_point read_at_;
};

}  // namespace

Result<std::string> clean_token(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return invalid("the token is empty");
  text = text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return invalid("the token holds characters that no token has");
  return std::string(text);
}

Result<TokenSource> follow_token_file(const std::string& path, std::function<Clock::time_point()> now) {
  auto token = read_token(path);
  if (!token) return token.error();
  const auto file = std::make_shared<TokenFile>(path, std::move(*token), std::move(now));
  return TokenSource([file](TokenWish wish) { return file->get(wish); });
}

}  // namespace palpo::kube
