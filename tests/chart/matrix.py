# SPDX-License-Identifier: Apache-2.0
"""The values that every check of the chart goes through. A new value belongs into at least one of them."""

DEFAULTS = {}

DAEMON_SET = {
    "kind": "DaemonSet",
    "listeners": {"http": {"hostPort": 80}, "https": {"hostPort": 443}, "federation": {"hostPort": 8448}},
    "service": {"type": "ClusterIP", "clusterIP": "None"},
    "publish": {"addresses": ["192.0.2.1", "2001:db8::1", "ingress.example.com"]},
    "podDisruptionBudget": {"forDaemonSet": True, "minAvailable": "50%"},
    "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
    "dataPlane": {"resources": {"limits": {"cpu": "1500m"}}},
}

HOST_NETWORK = {
    "kind": "DaemonSet",
    "hostNetwork": True,
    "listeners": {"http": {"containerPort": 80}, "https": {"containerPort": 443}},
    "dataPlane": {"netBindService": True, "workers": 4},
    "service": {"enabled": False},
    "publish": {"addresses": ["192.0.2.1"]},
    "updateStrategy": {"type": "OnDelete"},
    "podSecurityContext": {"runAsUser": None, "fsGroup": None},
}

SECRETS = {
    "scope": {"secretNamespaces": ["matrix-a"]},
    "defaultTlsSecret": "elsewhere/default-tls",
}

NAMESPACES = {
    "scope": {"namespaces": ["matrix-a", "matrix-b"], "secretNamespaces": ["matrix-b"],
              "labelSelector": "tier in (a, b),team=matrix"},
    "test": {"labels": {"tier": "a", "team": "matrix"}},
    "ingressClass": {"create": False, "name": "tenant"},
    "defaultTlsSecret": "matrix-a/default-tls",
    "publish": {"service": "elsewhere/edge"},
    "service": {"type": "NodePort", "ports": {"http": {"nodePort": 30080}, "https": {"nodePort": 30443}}},
    "publicPorts": {"https": 443, "federation": 8448},
}

CLOUD = {
    "nameOverride": "edge", "namespaceOverride": "elsewhere",
    "commonLabels": {"team": "matrix"}, "commonAnnotations": {"example.com/owner": "matrix"},
    "image": {"registry": "registry.example.com:5000", "repository": "mirror/palpo-ingress",
              "digest": "sha256:" + "0123456789abcdef" * 4, "pullPolicy": "Always", "pullSecrets": [{"name": "registry"}]},
    "replicaCount": 3,
    "service": {
        "annotations": {"example.com/balancer": "external"}, "labels": {"tier": "edge"},
        "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Local", "healthCheckNodePort": 31999,
        "loadBalancerClass": "example.com/balancer", "loadBalancerIP": "192.0.2.10", "clusterIP": "10.78.0.77",
        "loadBalancerSourceRanges": ["192.0.2.0/24"], "allocateLoadBalancerNodePorts": False,
        "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "sessionAffinity": "ClientIP", "sessionAffinityTimeoutSeconds": 600,
        "ports": {"http": {"appProtocol": "http"}, "https": {"port": 8443, "appProtocol": "https"}}},
    "internalService": {"enabled": True, "annotations": {"example.com/balancer": "internal"}},
    "federationService": {"enabled": True, "ports": {"federation": {"port": 443, "nodePort": 30448}}},
    "ingressClass": {"default": True, "annotations": {"example.com/note": "ours"}},
    "controller": {"log": {"format": "json", "level": "debug"}, "extraArgs": ["--watch-idle-timeout=60s"],
                   "extraEnv": [{"name": "TZ", "value": "UTC"}]},
    "dataPlane": {"log": {"format": "json", "level": "warning"}, "accessLog": {"enabled": True}, "serverHeader": False,
                  "maxConnections": 1000000, "metricsMaxOwners": 6000,
                  "extraVolumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
                  "extraEnv": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]},
    "extraVolumes": [{"name": "scratch", "emptyDir": {}}],
    "leaderElection": {"createLease": False},
    "drain": {"delaySeconds": 30, "timeoutSeconds": 300, "marginSeconds": 15},
    "podSecurityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "600"}]},
    "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a.example.com"]}],
    "nodeSelector": {"pool": "edge"}, "priorityClassName": "system-cluster-critical",
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["edge"]}]}}]}},
    "tolerations": [{"key": "edge", "operator": "Exists", "effect": "NoSchedule"}],
    "labels": {"tier": "edge"}, "annotations": {"example.com/a": "b"},
    "podLabels": {"tier": "edge"}, "podAnnotations": {"example.com/scrape": "true"},
    "serviceAccount": {"annotations": {"example.com/role": "edge"}, "tokenExpirationSeconds": 7200},
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
    "podDisruptionBudget": {"minAvailable": 2},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
         "labelSelector": {"matchLabels": {"tier": "edge"}}, "nodeTaintsPolicy": "Honor"}],
    "extraObjects": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extra", "namespace": "elsewhere"},
                      "data": {"a": "b"}}],
}

OBSERVED = {
    "autoscaling": {"enabled": True, "targetMemoryUtilizationPercentage": 70,
                    "metrics": [{"type": "Pods", "pods": {"metric": {"name": "connections"},
                                                          "target": {"type": "AverageValue", "averageValue": "1000"}}}],
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}},
    "metrics": {
        "service": {"annotations": {"example.com/a": "b"}, "labels": {"tier": "edge"}},
        "serviceMonitor": {"enabled": True, "namespace": "monitoring", "labels": {"release": "prometheus"}, "interval": "30s",
                           "scrapeTimeout": "10s", "honorLabels": True, "podTargetLabels": ["tier"],
                           "annotations": {"example.com/a": "b"},
                           "relabelings": [{"action": "replace", "targetLabel": "cluster", "replacement": "one"}],
                           "metricRelabelings": [{"action": "drop", "sourceLabels": ["__name__"], "regex": "process_.*"}]},
        "prometheusRule": {"enabled": True, "namespace": "monitoring", "labels": {"release": "prometheus"},
                           "annotations": {"example.com/a": "b"}, "ruleLabels": {"team": "matrix"},
                           "extraGroups": [{"name": "extra", "rules": [{"alert": "Extra", "expr": "vector(1)"}]}]},
        "dashboards": {"enabled": True, "namespace": "monitoring", "annotations": {"grafana_folder": "Matrix"}}},
    "networkPolicy": {"enabled": True, "clients": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}],
                      "admin": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                      "apiServer": {"cidrs": ["192.0.2.1/32"], "ports": [6443]},
                      "dns": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
                      "backends": [{"namespaceSelector": {"matchLabels": {"matrix": "yes"}}}],
                      "extraIngress": [{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}],
                      "extraEgress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]},
}

KEDA = {
    "keda": {"enabled": True, "annotations": {"example.com/a": "b"}, "fallback": {"failureThreshold": 3, "replicas": 4},
             "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}, "restoreToOriginalReplicaCount": True,
             "triggers": [{"type": "prometheus", "name": "connections", "metricType": "AverageValue",
                           "metadata": {"serverAddress": "http://prometheus.monitoring", "threshold": "1000",
                                        "query": "sum(palpo_ingress_config_controller_connected)"},
                           "authenticationRef": {"name": "prometheus", "kind": "TriggerAuthentication"}}]},
    "metrics": {"service": {"enabled": False}, "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "networkPolicy": {"enabled": True},
    "crds": {"keep": False, "annotations": {"example.com/a": "b"}},
}

SMALL = {
    "fullnameOverride": "tiny", "replicaCount": 1, "leaderElection": {"enabled": False},
    "listeners": {"http": {"enabled": False}, "federation": {"enabled": False}},
    "service": {"type": "ClusterIP", "externalIPs": ["192.0.2.11"]},
    "crds": {"install": False}, "rbac": {"create": False}, "serviceAccount": {"create": False, "name": "somebody"},
    "metrics": {"service": {"enabled": False}}, "topologySpreadConstraints": [],
    "controller": {"startupProbe": {"enabled": False}, "readinessProbe": {"enabled": False}, "livenessProbe": {"enabled": False},
                   "resources": {"requests": None, "limits": None}},
    "updateStrategy": {"type": "Recreate"},
    "extraContainers": [{"name": "more", "image": "more:1", "securityContext": {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}],
    "extraInitContainers": [{"name": "before", "image": "before:1", "securityContext": {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}],
}

MATRIX = {"defaults": DEFAULTS, "daemon set": DAEMON_SET, "host network": HOST_NETWORK, "namespaces": NAMESPACES,
          "secrets": SECRETS,
          "cloud": CLOUD, "observed": OBSERVED, "keda": KEDA, "small": SMALL}
# What the API server says of what was asked for; nothing else may be said.
WARNINGS = {"small": ["spec.externalIPs is deprecated"],
            "daemon set": ["would violate PodSecurity"], "host network": ["would violate PodSecurity"]}
# Ports of the node are against every Pod Security Standard but privileged.
PRIVILEGED = {"daemon set", "host network"}
