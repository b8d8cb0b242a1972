// SPDX-License-Identifier: Apache-2.0
// Damaged input: nothing may crash, and whatever is taken must be good JSON that comes back the same.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/api/frame.h"
#include "dataplane/api/message.h"
#include "dataplane/api/pem.h"
#include "dataplane/api/random_model.h"

namespace palpo::api {
namespace {

std::string damaged(RandomModel& random, std::string bytes) {
  static const std::string kHot = "{}[]\",:\\u0123456789abdenlrst-+.eE \n";
  for (auto left = 1 + random.below(3); left > 0 && !bytes.empty(); --left) {
    const auto at = random.below(bytes.size());
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes[at] = kHot[random.below(kHot.size())];
        break;
      case 2:
        bytes.insert(at, 1, kHot[random.below(kHot.size())]);
        break;
      case 3:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 4:
        bytes.insert(random.below(bytes.size()), bytes.substr(at, random.below(40)));
        break;
      default:
        if (random.chance(10))
          bytes.resize(at);
        else
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    }
  }
  return bytes;
}

template <class Decode>
void decode_damaged(const std::string& json, Decode decode, int& taken) {
  const auto message = decode(json);
  if (!message) {
    EXPECT_FALSE(message.error().message.empty());
    return;
  }
  ++taken;
  EXPECT_TRUE(nlohmann::json::accept(json)) << json;
  const auto again = decode(encode(*message));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(encode(*again), encode(*message));
}

TEST(FuzzProperty, DamagedMessagesAreRefusedOrGood) {
  const auto seed = test_seed(6);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  int taken = 0;
  for (int round = 0; round < 100'000 && !HasFailure(); ++round) {
    switch (round % 5) {
      case 0: {
        const Hello hello{
            .release = random.text(6), .version = random.digest(), .key_ids = {random.digest().hex()}};
        decode_damaged(damaged(random, encode(hello)), decode_hello, taken);
        break;
      }
      case 1:
        decode_damaged(damaged(random, encode(Welcome{.release = random.text(6)})), decode_welcome, taken);
        break;
      case 2:
        decode_damaged(damaged(random, encode(Ack{random.below(SIZE_MAX), {}})), decode_ack, taken);
        break;
      case 3: {
        const Nack nack{1, {}, random.text(6), {{random.resource_id(), random.text(6)}}};
        decode_damaged(damaged(random, encode(nack)), decode_nack, taken);
        break;
      }
      default:
        decode_damaged(damaged(random, encode(Update{1, {}, {}, random.delta()})), decode_update, taken);
    }
  }
  EXPECT_GT(taken, 1000) << "so much damage that nothing deep was reached";
}

TEST(FuzzProperty, DamagedStreamsEndWithAnErrorOrFramesWithinTheirLimits) {
  const auto seed = test_seed(7);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  int broken = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string stream;
    for (int i = 0; i < 3; ++i)
      stream += encode_frame(static_cast<FrameKind>(1 + random.below(6)), random.text(10));
    const auto bytes = damaged(random, stream);
    FrameDecoder decoder;
    const auto fed = decoder.feed(bytes, [](Frame frame) -> Result<void> {
      EXPECT_LE(frame.payload.size() + frame.secret.size(), payload_limit(frame.kind));
      return {};
    });
    if (fed) continue;
    ++broken;
    EXPECT_FALSE(fed.error().message.empty());
  }
  EXPECT_GT(broken, 1000);
}

TEST(FuzzProperty, DamagedPemIsRefusedOrRead) {
  const auto seed = test_seed(8);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  tests::TestPki pki;
  const auto good = pki.issue({"example.com"});
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto certificate = read_certificate(damaged(random, good.chain_pem));
    const auto key = key_id_of(SecretBytes::copy_of(damaged(random, good.key_pem)));
    EXPECT_TRUE(certificate || certificate.error().message.find("tls.crt") != std::string::npos);
    EXPECT_TRUE(key || key.error().message.find("tls.key") != std::string::npos);
    refused += !certificate + !key;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace palpo::api
