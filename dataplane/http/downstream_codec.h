// SPDX-License-Identifier: Apache-2.0
// One protocol on a client's connection, from plaintext bytes to exchanges: one per request under way. The
// connection owns it and calls it; it sends through its ClientWire. All on the worker's thread.
#pragma once
#include <cstddef>

namespace palpo::http {

class DownstreamCodec {
 public:
  virtual ~DownstreamCodec() = default;
  virtual void on_input(char* data, std::size_t size) = 0;  // all of it is taken or kept; may change it
  virtual void on_end(bool broken) = 0;                     // the client has finished sending, or is gone
  virtual void on_drained() = 0;                            // everything sent has left
  virtual void on_some_sent() = 0;
  virtual void on_turn() = 0;  // asked for by ClientWire::again()
  virtual void on_deadline() = 0;
  virtual void announce_drain() = 0;  // clients are to go elsewhere, and are still served
  virtual void begin_drain() = 0;     // finish what runs, take nothing new
  virtual bool cancel() = 0;          // the connection is about to be closed; true: within a response
};

}  // namespace palpo::http
