// SPDX-License-Identifier: Apache-2.0
// The requests that carry a status or an Event to the API server. Pure, any thread.
#pragma once
#include <string>
#include <string_view>

#include "controller/kube/transport.h"
#include "controller/status/status_writer.h"

namespace palpo::status {

// A merge patch of the status subresource; bound to the object's uid, so that a namesake born since is not
// written.
// manager: who then owns what is written, by the object's metadata.managedFields.
// version: the resourceVersion that the object has to have; empty: any.
kube::TransportRequest status_request(const WantedStatus& wanted, std::string_view manager,
                                      const std::string& version);

// The name is a digest of what the Event says: the same Event twice is the same object.
std::string event_name(const WantedEvent& event);
kube::TransportRequest create_event_request(const WantedEvent& event, const std::string& now);
// Counts an existing Event up. existing: its JSON as the API server answered it.
kube::TransportRequest repeat_event_request(const WantedEvent& event, const std::string& existing,
                                            const std::string& now);
kube::TransportRequest read_event_request(const WantedEvent& event);

// metadata.resourceVersion of an answer; empty when there is none.
std::string resource_version_of(const std::string& json);

}  // namespace palpo::status
