// SPDX-License-Identifier: Apache-2.0
// The server's end of one TLS connection, without a socket: ciphertext is read from the caller's buffer and
// written straight to the caller's output, a record at a time. A peer that sends records that carry no data
// (key updates, hellos, alerts) out of proportion to its data breaks the session. Worker's thread.
#pragma once
#include <openssl/ssl.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/tls/sni_selector.h"
#include "dataplane/tls/tls_table.h"

namespace palpo::tls {

class TlsSession {
 public:
  // Takes ciphertext; never refuses any.
  class Output {
   public:
    virtual void send_cipher(const char* data, std::size_t size) = 0;

   protected:
    ~Output() = default;
  };
  static constexpr std::size_t kRecordSize = 16 * 1024;  // of plaintext
  static constexpr unsigned kIdleRecords = 32;           // without data, in a row
  static constexpr std::size_t kDataForIdle = 1024;      // bytes of data that make up for one

  // begin_with: TlsTable::hello(). output outlives the session.
  TlsSession(SSL_CTX* begin_with, Output& output);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // The next ciphertext. Call handshake() or read() until they ask for more: the bytes are the caller's again
  // then.
  void give(const char* cipher, std::size_t size);

  enum class Step { more, established, failed };
  Step handshake(const TlsTable& table);  // a failure has sent its alert

  enum class ReadEnd { none, closed, broken };
  // Fills as much as there is. 0: more ciphertext is needed, or ended() says why there will be none.
  std::size_t read(char* data, std::size_t capacity);
  ReadEnd ended() const { return ended_; }

  // False: the session is broken. The parts are joined to full records.
  bool write(const iovec* parts, std::size_t count);
  void close();  // sends close_notify

  std::string_view server_name() const { return selection_.server_name; }  // as sent, lower case
  std::string_view protocol() const;                                       // chosen by ALPN; empty: none
  bool certificate_covers(std::string_view host) const;  // host: normalised, IPv6 in brackets

 private:
  friend struct SessionBio;
  static void on_record(int sent, int version, int type, const void* bytes, std::size_t size, SSL* ssl,
                        void* session);
  void count_idle_record();
  void count_data(std::size_t size);
  bool write_record(const char* data, std::size_t size);
  void uncork();

  SSL* ssl_;
  Output& output_;
  Selection selection_;
  const char* cipher_ = nullptr;
  std::size_t cipher_size_ = 0;
  ReadEnd ended_ = ReadEnd::none;
  unsigned idle_records_ = 0;  // that no data made up for
  std::size_t data_ = 0;
  bool corked_ = true;  // a handshake flight leaves in one piece
  std::string flight_;
};

}  // namespace palpo::tls
