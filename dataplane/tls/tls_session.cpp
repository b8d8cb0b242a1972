// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/tls_session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/certificate_names.h"
#include "base/check.h"

namespace palpo::tls {

// OpenSSL's view of a session's buffers.
struct SessionBio {
  static TlsSession& of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* data, int size) {
    TlsSession& session = of(bio);
    BIO_clear_retry_flags(bio);
    if (session.cipher_size_ == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t taken = std::min(session.cipher_size_, static_cast<std::size_t>(size));
    std::memcpy(data, session.cipher_, taken);
    session.cipher_ += taken;
    session.cipher_size_ -= taken;
    return static_cast<int>(taken);
  }

  static int write(BIO* bio, const char* data, int size) {
    TlsSession& session = of(bio);
    BIO_clear_retry_flags(bio);
    if (session.corked_) {
      session.flight_.append(data, static_cast<std::size_t>(size));
    } else {
      session.output_.send_cipher(data, static_cast<std::size_t>(size));
    }
    return size;
  }

  static long control(BIO* /*bio*/, int command, long /*number*/, void* /*data*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "palpo session");
      PALPO_CHECK(m != nullptr);
      BIO_meth_set_read(m, read);
      BIO_meth_set_write(m, write);
      BIO_meth_set_ctrl(m, control);
      BIO_meth_set_create(m, create);
      return m;
    }();
    return made;
  }
};

TlsSession::TlsSession(SSL_CTX* begin_with, Output& output) : ssl_(SSL_new(begin_with)), output_(output) {
  BIO* bio = BIO_new(SessionBio::method());
  PALPO_CHECK(ssl_ != nullptr && bio != nullptr);
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
  SSL_set_read_ahead(ssl_, 1);
  attach_selection(ssl_, &selection_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

void TlsSession::give(const char* cipher, std::size_t size) {
  PALPO_CHECK(cipher_size_ == 0 || ended_ != ReadEnd::none);
  cipher_ = cipher;
  cipher_size_ = size;
}

void TlsSession::uncork() {
  if (flight_.empty()) return;
  output_.send_cipher(flight_.data(), flight_.size());
  std::string().swap(flight_);
}

TlsSession::Step TlsSession::handshake(const TlsTable& table) {
  selection_.table = &table;
  const int result = SSL_do_handshake(ssl_);
  selection_.table = nullptr;
  const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
  uncork();
  if (result == 1) {
    corked_ = false;
    SSL_set_msg_callback(ssl_, on_record);
    SSL_set_msg_callback_arg(ssl_, this);
    return Step::established;
  }
  if (error == SSL_ERROR_WANT_READ) return Step::more;
  ERR_clear_error();
  ended_ = ReadEnd::broken;
  cipher_size_ = 0;
  return Step::failed;
}

std::size_t TlsSession::read(char* data, std::size_t capacity) {
  std::size_t filled = 0;
  while (filled < capacity && ended_ == ReadEnd::none) {
    const int got = SSL_read(ssl_, data + filled, static_cast<int>(capacity - filled));
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
      count_data(static_cast<std::size_t>(got));
      if (cipher_size_ == 0 && SSL_has_pending(ssl_) == 0) break;
      continue;
    }
    const int error = SSL_get_error(ssl_, got);
    if (error == SSL_ERROR_WANT_READ) break;
    ERR_clear_error();
    ended_ =
        error == SSL_ERROR_ZERO_RETURN && idle_records_ <= kIdleRecords ? ReadEnd::closed : ReadEnd::broken;
    cipher_size_ = 0;
  }
  return filled;
}

// OpenSSL tells the header of every record, and of TLS 1.3 the type that is hidden in it.
void TlsSession::on_record(int sent, int /*version*/, int type, const void* bytes, std::size_t size,
                           SSL* /*ssl*/, void* session) {
  if (sent != 0 || size == 0 || (type != SSL3_RT_HEADER && type != SSL3_RT_INNER_CONTENT_TYPE)) return;
  if (*static_cast<const unsigned char*>(bytes) == SSL3_RT_APPLICATION_DATA) return;
  static_cast<TlsSession*>(session)->count_idle_record();
}

// A session that counts as shut down throws the next record away, and says so to its reader: the only way to
// stop OpenSSL among the records that it has already taken.
void TlsSession::count_idle_record() {
  if (++idle_records_ <= kIdleRecords) return;
  cipher_size_ = 0;
  SSL_set_shutdown(ssl_, SSL_RECEIVED_SHUTDOWN | SSL_SENT_SHUTDOWN);
}

void TlsSession::count_data(std::size_t size) {
  if (idle_records_ == 0 || idle_records_ > kIdleRecords) return;
  data_ += size;
  idle_records_ -= std::min<unsigned>(idle_records_, static_cast<unsigned>(data_ / kDataForIdle));
  data_ %= kDataForIdle;
}

bool TlsSession::write_record(const char* data, std::size_t size) {
  if (SSL_write(ssl_, data, static_cast<int>(size)) == static_cast<int>(size)) return true;
  ERR_clear_error();
  return false;
}

bool TlsSession::write(const iovec* parts, std::size_t count) {
  static thread_local std::array<char, kRecordSize> joined;  // one record is built at a time
  std::size_t filled = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char* data = static_cast<const char*>(parts[i].iov_base);
    std::size_t size = parts[i].iov_len;
    while (size > 0) {
      const std::size_t taken = std::min(size, kRecordSize - filled);
      const bool alone = filled == 0 && (taken == kRecordSize || (taken == size && i + 1 == count));
      if (alone) {
        if (!write_record(data, taken)) return false;
      } else {
        std::memcpy(joined.data() + filled, data, taken);
        filled += taken;
        if (filled == kRecordSize) {
          if (!write_record(joined.data(), filled)) return false;
          filled = 0;
        }
      }
      data += taken;
      size -= taken;
    }
  }
  return filled == 0 || write_record(joined.data(), filled);
}

void TlsSession::close() {
  if (ended_ == ReadEnd::broken || SSL_is_init_finished(ssl_) == 0) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string_view TlsSession::protocol() const {
  const unsigned char* data = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_, &data, &size);
  return {reinterpret_cast<const char*>(data), size};
}

bool TlsSession::certificate_covers(std::string_view host) const {
  X509* certificate = SSL_get_certificate(ssl_);
  if (certificate == nullptr || host.empty()) return false;
  if (host.front() == '[' && host.size() > 2) {
    return X509_check_ip_asc(certificate, std::string(host.substr(1, host.size() - 2)).c_str(), 0) == 1;
  }
  return certificate_names_host(certificate, host) ||
         X509_check_ip_asc(certificate, std::string(host).c_str(), 0) == 1;
}

}  // namespace palpo::tls
