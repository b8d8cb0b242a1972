// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/codec_factory.h"

#include "dataplane/http/http1_codec.h"

namespace palpo::http {

namespace {

// Waits for the first byte, and no longer than for a request's head.
class SilentCodec final : public DownstreamCodec {
 public:
  SilentCodec(ExchangeShared& shared, ClientWire& wire) : shared_(shared), wire_(wire) { on_drained(); }

 private:
  void on_input(char*, std::size_t) override {}  // another codec's
  void on_end(bool) override { wire_.close_connection(); }
  // Of a TLS session's own records.
  void on_drained() override { wire_.set_deadline(shared_.defaults().request_head); }
  void on_some_sent() override { wire_.set_deadline(shared_.defaults().client_idle); }
  void on_turn() override {}
  void on_deadline() override {
    if (wire_.drained()) {
      wire_.close_connection();
    } else {
      wire_.reset_connection();
    }
  }
  void announce_drain() override {}
  void begin_drain() override {
    if (wire_.drained()) {
      wire_.set_deadline(kLastRequest);
    } else {
      wire_.finish(false);
    }
  }
  bool cancel() override { return false; }

  ExchangeShared& shared_;
  ClientWire& wire_;
};

}  // namespace

std::unique_ptr<DownstreamCodec> make_silent_codec(ExchangeShared& shared, ClientWire& wire) {
  return std::make_unique<SilentCodec>(shared, wire);
}

std::unique_ptr<DownstreamCodec> make_codec(std::string_view /*chosen*/, std::string_view /*first*/,
                                            ExchangeShared& shared, ClientWire& wire) {
  return std::make_unique<Http1Codec>(shared, wire);
}

}  // namespace palpo::http
