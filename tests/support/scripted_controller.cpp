// SPDX-License-Identifier: Apache-2.0
// palpo-scripted-controller: feeds a data plane without a controller's sources. The configuration comes from
// options (N hosts h0.test ... with one certificate and one cluster), changes from lines on standard input:
//   put HOST | drop HOST | backends ADDRESS:PORT,...
// After each, "acked MILLISECONDS" on standard output when every data plane serves it, or "refused REASON".
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/read_until.hpp>

#include "base/asio.h"
#include "base/clock.h"
#include "base/flags.h"
#include "base/metrics.h"
#include "base/net_address.h"
#include "base/process.h"
#include "base/secret_bytes.h"
#include "controller/publish/publisher.h"
#include "dataplane/api/pem.h"

namespace palpo::tests {
namespace {

constexpr const char* kCluster = "test/backend:80";
constexpr const char* kCertificate = "test/certificate";

struct Options {
  std::string socket;
  std::string certificate_file;
  std::string key_file;
  std::vector<api::Endpoint> backends;
  std::size_t hosts = 1;
};

Result<std::vector<api::Endpoint>> parse_backends(std::string_view text) {
  std::vector<api::Endpoint> endpoints;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto address = parse_net_address(text.substr(0, comma));
    if (!address) return address.error();
    endpoints.push_back({address->host, address->port});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  std::sort(endpoints.begin(), endpoints.end());
  return endpoints;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ScriptedController {
 public:
  ScriptedController(asio::io_context& io, const Options& options) : input_(io, 0), publisher_(io, metrics_) {
    if (!options.certificate_file.empty()) load_certificate(options);
    for (std::size_t i = 0; i < options.hosts; ++i) put_host("h" + std::to_string(i) + ".test");
    put_backends(options.backends);
  }

  Result<void> start(const std::string& socket) {
    publisher_.on_state([this](const publish::PublishState& state) { on_state(state); });
    if (auto listening = publisher_.listen(socket); !listening) return listening;
    publish();
    read_line();
    return {};
  }

 private:
  void load_certificate(const Options& options) {
    const std::string chain = read_file(options.certificate_file);
    SecretBytes key = SecretBytes::copy_of(read_file(options.key_file));
    const auto key_id = api::key_id_of(key);
    if (!key_id) throw std::runtime_error(options.key_file + ": " + key_id.error().message);
    snapshot_.certificates[kCertificate] = api::seal(api::Certificate{kCertificate, chain, *key_id});
    keys_[*key_id] = std::make_shared<const api::PrivateKey>(api::PrivateKey{*key_id, std::move(key)});
  }
  void put_host(const std::string& name) {
    api::Host host;
    host.name = name;
    if (!snapshot_.certificates.empty()) host.certificate = kCertificate;
    const auto everywhere = api::ListenerSet{}
                                .with(api::Listener::http)
                                .with(api::Listener::https)
                                .with(api::Listener::federation);
    host.routes.push_back(
        {everywhere, api::PathType::prefix, "/", api::ProxyTo{kCluster}, "Test/test/" + name});
    snapshot_.hosts[name] = api::seal(std::move(host));
  }
  void put_backends(std::vector<api::Endpoint> backends) {
    snapshot_.clusters[kCluster] = api::seal(api::Cluster{kCluster, std::move(backends)});
  }

  void publish() {
    begun_ = Clock::now();
    publisher_.publish(api::diff(published_, snapshot_), std::make_shared<const api::KeyRing>(keys_),
                       ++generation_);
    published_ = snapshot_;
  }
  void on_state(const publish::PublishState& state) {
    for (const auto& [resource, reason] : state.refused)
      std::cout << "refused " << resource.text() << ": " << reason << "\n";
    if (!state.current || state.generation != generation_ || reported_ == generation_) return;
    reported_ = generation_;
    const std::chrono::duration<double, std::milli> took = Clock::now() - begun_;
    std::cout << "acked " << took.count() << std::endl;
  }

  void read_line() {
    asio::async_read_until(input_, asio::dynamic_buffer(text_), '\n',
                           [this](const error_code& failed, std::size_t size) {
                             if (failed) return;  // no more changes; what is served stays
                             std::istringstream line(text_.substr(0, size));
                             text_.erase(0, size);
                             std::string verb;
                             std::string argument;
                             line >> verb >> argument;
                             run(verb, argument);
                             read_line();
                           });
  }
  void run(const std::string& verb, const std::string& argument) {
    if (verb == "put") {
      put_host(argument);
    } else if (verb == "drop") {
      snapshot_.hosts.erase(argument);
    } else if (auto backends = parse_backends(argument); verb == "backends" && backends) {
      put_backends(std::move(*backends));
    } else {
      std::cout << "refused unknown line: " << verb << " " << argument << std::endl;
      return;
    }
    publish();
  }

  Metrics metrics_;
  asio::posix::stream_descriptor input_;
  publish::Publisher publisher_;
  api::Snapshot snapshot_;
  api::Snapshot published_;  // as of the last publish()
  api::KeyRing keys_;
  std::string text_;
  Clock::time_point begun_;
  std::uint64_t generation_ = 0;
  std::uint64_t reported_ = 0;
};

CommandLine command_line(Options& options) {
  const auto text = [](std::string& target) {
    return [&target](std::string_view value) -> Result<void> {
      target = value;
      return {};
    };
  };
  CommandLine line;
  line.program = "palpo-scripted-controller";
  line.summary = "Feeds data planes from options and from lines on standard input.";
  line.flags = {
      {.name = "socket",
       .value_name = "PATH",
       .help = "Unix socket to listen on.",
       .parse = text(options.socket)},
      {.name = "cert",
       .value_name = "FILE",
       .help = "Certificate of every host.",
       .parse = text(options.certificate_file)},
      {.name = "key", .value_name = "FILE", .help = "Its private key.", .parse = text(options.key_file)},
      {.name = "backends",
       .value_name = "ADDRESS:PORT,...",
       .help = "The endpoints behind every host.",
       .parse = [&options](std::string_view value) -> Result<void> {
         auto backends = parse_backends(value);
         if (!backends) return backends.error();
         options.backends = std::move(*backends);
         return {};
       }},
      {.name = "hosts",
       .value_name = "N",
       .help = "Hosts h0.test to h<N-1>.test.",
       .default_text = "1",
       .parse = [&options](std::string_view value) -> Result<void> {
         options.hosts = std::strtoul(std::string(value).c_str(), nullptr, 10);
         return {};
       }},
  };
  return line;
}

int run(const std::vector<std::string>& arguments) {
  Options options;
  const CommandLine line = command_line(options);
  const auto parsed = parse_flags(line, arguments, [](const std::string&) -> const char* { return nullptr; });
  if (!parsed || options.socket.empty()) {
    std::cerr << line.program << ": " << (parsed ? "--socket is missing" : parsed.error().message) << "\n";
    return 2;
  }
  if (parsed->help) {
    std::cout << help_text(line);
    return 0;
  }
  ignore_sigpipe();
  initialize_secret_memory();
  asio::io_context io;
  ScriptedController controller(io, options);
  if (const auto started = controller.start(options.socket); !started) {
    std::cerr << line.program << ": " << started.error().message << "\n";
    return 1;
  }
  io.run();
  return 0;
}

}  // namespace
}  // namespace palpo::tests

int main(int argc, char** argv) { return palpo::tests::run({argv + 1, argv + argc}); }
