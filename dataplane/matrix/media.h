// SPDX-License-Identifier: Apache-2.0
// The content repository's paths. Pure, any thread.
#pragma once
#include <string_view>

namespace palpo::matrix {

// An upload is not sent twice: if the first one was taken, the second is told M_CANNOT_OVERWRITE_MEDIA
// (Matrix client-server API, PUT /_matrix/media/v3/upload).
inline bool is_media(std::string_view target) { return target.starts_with("/_matrix/media/"); }

}  // namespace palpo::matrix
