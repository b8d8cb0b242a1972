// SPDX-License-Identifier: Apache-2.0
// How this controller reaches its API server: --kubeconfig, KUBECONFIG, or the service account of its pod.
#pragma once
#include <functional>
#include <string>

#include "base/result.h"
#include "controller/kube/transport.h"

namespace palpo::kube {

struct ApiAccess {
  ApiEndpoint endpoint;
  std::string namespace_;  // the pod's own, or the context's; "default" otherwise
  std::string origin;      // "in-cluster service account" or the kubeconfig's path, for logs
};

// The service account files and KUBERNETES_SERVICE_HOST/PORT. An IPv6 host is replaced by
// kubernetes.default.svc.
Result<ApiAccess> in_cluster_access(const std::function<const char*(const char*)>& getenv,
                                    const std::string& service_account_dir);

// current-context of a kubeconfig file. Inline data (certificate-authority-data, client-key-data) is written
// to private files for the life of the process; exec and auth-provider users are errors that say so.
Result<ApiAccess> kubeconfig_access(const std::string& path);

// flag > KUBECONFIG > in cluster.
Result<ApiAccess> find_api_access(const std::string& kubeconfig_flag);

}  // namespace palpo::kube
