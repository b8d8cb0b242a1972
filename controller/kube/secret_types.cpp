// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/secret_types.h"

#include <optional>
#include <utility>

#include "base/log.h"
#include "controller/kube/json_reader.h"

namespace palpo::kube {
namespace {

constexpr std::string_view kTable = "application/json;as=Table;v=v1;g=meta.k8s.io";
constexpr std::size_t kMaxPages = 100;  // of 500, a namespace

std::optional<std::size_t> column(const Value& table, std::string_view name) {
  const auto& columns = table.member("columnDefinitions");
  if (columns.type != Value::Type::array) return std::nullopt;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns.at(i).member("name").text() == name) return i;
  return std::nullopt;
}

std::string cell(const Value& row, std::size_t index) {
  const auto& cells = row.member("cells");
  if (cells.type != Value::Type::array || index >= cells.size()) return {};
  return std::string(cells.at(index).text().value_or(std::string_view()));
}

}  // namespace

Result<SecretTable> decode_secret_table(std::string_view body) {
  const auto document = read_json(body);
  if (document.fault.found()) return invalid(document.fault.text());
  const auto& root = *document.root;
  const auto name = column(root, "Name");
  const auto type = column(root, "Type");
  if (!name || !type) return invalid("expected a table with the columns Name and Type");
  SecretTable table;
  table.continue_token =
      std::string(root.member("metadata").member("continue").text().value_or(std::string_view()));
  const auto& rows = root.member("rows");
  const auto count = rows.type == Value::Type::array ? rows.size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto found = cell(rows.at(i), *name);
    if (!found.empty()) table.types.insert_or_assign(std::move(found), cell(rows.at(i), *type));
  }
  return table;
}

SecretTypes::SecretTypes(std::shared_ptr<Transport> transport, std::chrono::milliseconds again)
    : transport_(std::move(transport)), again_(again) {}

void SecretTypes::start(SourceSink sink) {
  sink_ = std::move(sink);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void SecretTypes::want(std::set<ObjectKey> secrets) {
  const std::lock_guard lock(mutex_);
  if (wanted_ == secrets) return;
  wanted_ = std::move(secrets);
  news_ = true;
  changed_.notify_all();
}

void SecretTypes::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SecretTypes::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::set<ObjectKey> wanted;
    {
      std::unique_lock lock(mutex_);
      const auto news = [this] { return news_; };
      if (wanted_.empty()) {
        changed_.wait(lock, stop, news);
      } else {
        changed_.wait_for(lock, stop, again_, news);
      }
      news_ = false;
      wanted = wanted_;
    }
    if (!stop.stop_requested()) look(wanted, stop);
  }
}

void SecretTypes::look(const std::set<ObjectKey>& wanted, const std::stop_token& stop) {
  const auto before = told_;
  for (const auto& known : before)
    if (!wanted.contains(known.first)) tell(known.first, {});
  for (auto it = wanted.begin(); it != wanted.end() && !stop.stop_requested();) {
    const auto name_space = it->namespace_;
    const auto types = types_in(name_space, stop);
    if (!types) {
      log_debug("kube.secret_types", "the types of Secrets cannot be read",
                {{"namespace", name_space}, {"reason", types.error().message}});
    }
    for (; it != wanted.end() && it->namespace_ == name_space; ++it) {
      if (!types) continue;
      const auto found = types->find(it->name);
      tell(*it, found == types->end() ? std::string() : found->second);
    }
  }
}

Result<std::map<std::string, std::string>> SecretTypes::types_in(const std::string& name_space,
                                                                 const std::stop_token& stop) {
  std::map<std::string, std::string> all;
  std::string token;
  for (std::size_t page = 0; page < kMaxPages; ++page) {
    TransportRequest request;
    request.target = "/api/v1/namespaces/" + name_space +
                     "/secrets?fieldSelector=type%21%3Dkubernetes.io%2Ftls&includeObject=None&limit=500";
    if (!token.empty()) request.target += "&continue=" + token;
    request.accept = kTable;
    const auto response = transport_->call(request, stop);
    if (response.error) return *response.error;
    if (response.status != 200) return invalid("status " + std::to_string(response.status));
    auto table = decode_secret_table(response.body);
    if (!table) return table.error();
    all.merge(table->types);
    token = table->continue_token;
    if (token.empty()) break;
  }
  return all;
}

void SecretTypes::tell(const ObjectKey& secret, const std::string& type) {
  const auto it = told_.find(secret);
  if (type == (it == told_.end() ? std::string() : it->second)) return;
  if (type.empty()) {
    told_.erase(it);
  } else {
    told_.insert_or_assign(secret, type);
  }
  sink_(OtherSecret{secret, type});
}

}  // namespace palpo::kube
