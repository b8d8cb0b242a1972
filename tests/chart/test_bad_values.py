# SPDX-License-Identifier: Apache-2.0
"""Values that are refused, each with a message that names the value."""
import pytest

# What is wrong, and what the message must hold. The first part is the schema's business, the second the templates'.
SCHEMA = [
    ({"replicas": 2}, ["replicas"]),
    ({"replicaCount": "2"}, ["replicaCount", "integer"]),
    ({"replicaCount": -1}, ["replicaCount"]),
    ({"kind": "StatefulSet"}, ["kind"]),
    ({"fullnameOverride": "Capital"}, ["fullnameOverride"]),
    ({"image": {"digest": "sha256:short"}}, ["digest"]),
    ({"image": {"repository": "with:tag"}}, ["repository"]),
    ({"image": {"pullPolicy": "Sometimes"}}, ["pullPolicy"]),
    ({"image": {"pullSecrets": ["registry"]}}, ["pullSecrets"]),
    ({"service": {"typ": "NodePort"}}, ["service", "typ"]),
    ({"service": {"type": "ExternalName"}}, ["type"]),
    ({"service": {"ports": {"http": {"port": 0}}}}, ["port"]),
    ({"service": {"ports": {"http": {"nodePort": 70000}}}}, ["nodePort"]),
    ({"service": {"externalTrafficPolicy": "local"}}, ["externalTrafficPolicy"]),
    ({"service": {"loadBalancerSourceRanges": ["192.0.2.1"]}}, ["loadBalancerSourceRanges"]),
    ({"service": {"annotations": {"example.com/a": True}}}, ["annotations", "string"]),
    ({"federationService": {"ports": {"http": {"port": 80}}}}, ["http"]),
    ({"listeners": {"smtp": {"enabled": True}}}, ["smtp"]),
    ({"listeners": {"http": {"containerPort": "8080"}}}, ["containerPort"]),
    ({"ingressClass": {"name": "Palpo"}}, ["name"]),
    ({"ingressClass": {"controllerValue": "no-slash"}}, ["controllerValue"]),
    ({"scope": {"namespaces": "matrix"}}, ["namespaces"]),
    ({"scope": {"namespaces": ["a", "a"]}}, ["namespaces"]),
    ({"defaultTlsSecret": "name-only"}, ["defaultTlsSecret"]),
    ({"publish": {"service": "name-only"}}, ["service"]),
    ({"publish": {"addresses": ["192.0.2.1/24"]}}, ["addresses"]),
    ({"controller": {"log": {"level": "trace"}}}, ["level"]),
    ({"controller": {"resources": {"limits": {"memory": "1 GB"}}}}, ["memory"]),
    ({"controller": {"extraArgs": ["verbose"]}}, ["extraArgs"]),
    ({"controller": {"extraEnv": [{"name": "1x", "value": "y"}]}}, ["extraEnv"]),
    ({"controller": {"extraEnv": [{"name": "X", "value": 1}]}}, ["extraEnv"]),
    ({"dataPlane": {"workers": 1000}}, ["workers"]),
    ({"dataPlane": {"accessLog": "json"}}, ["accessLog"]),
    ({"dataPlane": {"securityContext": {"runAsRoot": True}}}, ["runAsRoot"]),
    ({"podSecurityContext": {"runAsUser": "root"}}, ["runAsUser"]),
    ({"updateStrategy": {"rollingUpdate": {"maxSurge": "many"}}}, ["maxSurge"]),
    ({"podDisruptionBudget": {"minAvailable": "150%"}}, ["minAvailable"]),
    ({"topologySpreadConstraints": [{"maxSkew": 1}]}, ["topologySpreadConstraints"]),
    ({"tolerations": [{"operater": "Exists"}]}, ["operater"]),
    ({"affinity": {"podAffinities": {}}}, ["podAffinities"]),
    ({"nodeSelector": {"pool": 1}}, ["nodeSelector"]),
    ({"podLabels": {"tier": "with space"}}, ["podLabels"]),
    ({"metrics": {"serviceMonitor": {"interval": "fast"}}}, ["interval"]),
    ({"metrics": {"serviceMonitor": {"relabelings": [{"action": "rename"}]}}}, ["action"]),
    ({"networkPolicy": {"clients": [{"cidr": "192.0.2.0/24"}]}}, ["clients"]),
    ({"keda": {"triggers": [{"type": "cpu"}]}}, ["triggers"]),
    ({"drain": {"delaySeconds": "10s"}}, ["delaySeconds"]),
    ({"leaderElection": {"retryPeriodSeconds": 0}}, ["retryPeriodSeconds"]),
    ({"crds": {"install": "yes"}}, ["install"]),
    ({"extraObjects": [{"kind": "ConfigMap"}]}, ["extraObjects"]),
]
TEMPLATES = [
    ({"autoscaling": {"enabled": True}, "keda": {"enabled": True, "triggers": [{"type": "cpu", "metadata": {}}]}},
     ["autoscaling.enabled and keda.enabled"]),
    ({"kind": "DaemonSet", "autoscaling": {"enabled": True}}, ["autoscaling.enabled", "DaemonSet"]),
    ({"kind": "DaemonSet", "keda": {"enabled": True}}, ["keda.enabled", "DaemonSet"]),
    ({"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 3}}, ["autoscaling.minReplicas", "5", "3"]),
    ({"keda": {"enabled": True, "minReplicas": 5, "maxReplicas": 3, "triggers": [{"type": "cpu", "metadata": {}}]}},
     ["keda.minReplicas"]),
    ({"autoscaling": {"enabled": True, "targetCPUUtilizationPercentage": 0}}, ["autoscaling: nothing to scale by"]),
    ({"autoscaling": {"enabled": True}, "dataPlane": {"resources": {"requests": {"cpu": None}}}},
     ["autoscaling.targetCPUUtilizationPercentage", "dataPlane.resources.requests.cpu"]),
    ({"keda": {"enabled": True}}, ["keda.triggers"]),
    ({"podDisruptionBudget": {"minAvailable": 2}}, ["podDisruptionBudget.minAvailable"]),
    ({"podDisruptionBudget": {"maxUnavailable": 0}}, ["podDisruptionBudget.maxUnavailable"]),
    ({"updateStrategy": {"type": "OnDelete"}}, ["updateStrategy.type", "Deployment"]),
    ({"kind": "DaemonSet", "updateStrategy": {"type": "Recreate"}}, ["updateStrategy.type", "DaemonSet"]),
    ({"updateStrategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}, ["updateStrategy.rollingUpdate"]),
    ({"leaderElection": {"enabled": False}}, ["leaderElection.enabled", "replicaCount: 1"]),
    ({"leaderElection": {"enabled": False}, "replicaCount": 1, "autoscaling": {"enabled": True}}, ["leaderElection.enabled"]),
    ({"leaderElection": {"enabled": False}, "kind": "DaemonSet"}, ["leaderElection.enabled"]),
    ({"leaderElection": {"leaseDurationSeconds": 10}}, ["leaderElection.leaseDurationSeconds"]),
    ({"leaderElection": {"renewDeadlineSeconds": 2}}, ["leaderElection.renewDeadlineSeconds"]),
    ({"listeners": {name: {"enabled": False} for name in ("http", "https", "federation")}}, ["listeners: at least one"]),
    ({"listeners": {"http": {"containerPort": 8443}}}, ["listeners.https.containerPort", "8443", "listeners.http.containerPort"]),
    ({"controller": {"adminPort": 8080}}, ["listeners.http.containerPort", "controller.adminPort"]),
    ({"dataPlane": {"adminPort": 9901}}, ["dataPlane.adminPort", "controller.adminPort"]),
    ({"listeners": {"http": {"hostPort": 443}, "https": {"hostPort": 443}}}, ["listeners.https.hostPort", "443"]),
    ({"hostNetwork": True, "listeners": {"http": {"hostPort": 80}}}, ["listeners.http.hostPort", "containerPort"]),
    ({"hostNetwork": True, "listeners": {"http": {"containerPort": 80}}}, ["listeners.http.containerPort", "netBindService"]),
    ({"service": {"type": "ClusterIP", "loadBalancerClass": "x/y"}}, ["service.loadBalancerClass", "LoadBalancer"]),
    ({"service": {"type": "NodePort", "loadBalancerSourceRanges": ["192.0.2.0/24"]}}, ["service.loadBalancerSourceRanges"]),
    ({"service": {"type": "NodePort", "allocateLoadBalancerNodePorts": False}}, ["service.allocateLoadBalancerNodePorts"]),
    ({"service": {"type": "ClusterIP", "externalTrafficPolicy": "Local"}}, ["service.externalTrafficPolicy"]),
    ({"service": {"type": "ClusterIP", "ports": {"http": {"nodePort": 30080}}}}, ["service.ports.http.nodePort"]),
    ({"service": {"healthCheckNodePort": 31000}}, ["service.healthCheckNodePort"]),
    ({"service": {"clusterIP": "None"}}, ["service.clusterIP"]),
    ({"service": {"type": "ClusterIP", "clusterIP": "None", "sessionAffinity": "ClientIP"}}, ["service.sessionAffinity"]),
    ({"service": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4", "IPv6"]}}, ["service.ipFamilies"]),
    ({"service": {"ports": {"http": {"port": 443}}}}, ["service.ports", "443"]),
    ({"service": {"ports": {"http": {"nodePort": 30443}, "https": {"nodePort": 30443}}}}, ["30443"]),
    ({"service": {"ports": {"http": {"nodePort": 30443}}}, "internalService": {
        "enabled": True, "ports": {"http": {"nodePort": 30443}}}}, ["internalService.ports", "30443"]),
    ({"internalService": {"enabled": True, "type": "ClusterIP", "loadBalancerClass": "x/y"}},
     ["internalService.loadBalancerClass"]),
    ({"federationService": {"enabled": True}, "listeners": {"federation": {"enabled": False}}}, ["federationService.enabled"]),
    ({"federationService": {"enabled": True}, "listeners": {"http": {"enabled": False}, "https": {"enabled": False}}},
     ["service.enabled"]),
    ({"publish": {"service": "a/b", "addresses": ["192.0.2.1"]}}, ["publish.service and publish.addresses"]),
    ({"controller": {"extraArgs": ["--admin=:1"]}}, ["controller.extraArgs", "--admin"]),
    ({"dataPlane": {"extraArgs": ["--drain-timeout=1s"]}}, ["dataPlane.extraArgs", "--drain-timeout"]),
    ({"controller": {"extraEnv": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}}, ["controller.extraEnv", "name A"]),
    ({"controller": {"extraEnv": [{"name": "POD_NAMESPACE", "value": "x"}]}}, ["controller.extraEnv", "POD_NAMESPACE"]),
    ({"dataPlane": {"resources": {"limits": {"cpu": 1}}, "extraEnv": [{"name": "PALPO_WORKERS", "value": "1"}]}},
     ["dataPlane.extraEnv", "PALPO_WORKERS"]),
    ({"extraVolumes": [{"name": "socket", "emptyDir": {}}]}, ["extraVolumes", "socket"]),
    ({"dataPlane": {"extraVolumeMounts": [{"name": "x", "mountPath": "/run/palpo-ingress"}]}}, ["dataPlane.extraVolumeMounts"]),
    ({"extraContainers": [{"name": "controller", "image": "x"}]}, ["extraContainers", "controller"]),
    ({"image": {"pullSecrets": [{"name": "a"}, {"name": "a"}]}}, ["image.pullSecrets"]),
    ({"hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a"]}, {"ip": "192.0.2.1", "hostnames": ["b"]}]}, ["hostAliases"]),
    ({"topologySpreadConstraints": [{"maxSkew": skew, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}
                                    for skew in (1, 2)]}, ["topologySpreadConstraints"]),
    ({"podLabels": {"app.kubernetes.io/name": "x"}}, ["podLabels", "app.kubernetes.io/name"]),
    ({"commonLabels": {"helm.sh/chart": "x"}}, ["commonLabels", "helm.sh/chart"]),
    ({"serviceAccount": {"create": False}}, ["serviceAccount.name"]),
    ({"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
     ["metrics.serviceMonitor.enabled and metrics.podMonitor.enabled"]),
    ({"scope": {"namespaces": ["a"], "secretNamespaces": ["b"]}}, ["scope.secretNamespaces: b", "scope.namespaces"]),
    ({"scope": {"labelSelector": "a=b"}}, ["test.labels", "scope.labelSelector"]),
]


def refusal(helm, values):
    done = helm.template(values)
    assert done.returncode != 0, "rendered"
    return done.stderr


@pytest.mark.parametrize("values,named", SCHEMA, ids=lambda given: str(given)[:60])
def test_the_schema_refuses(helm4, values, named):
    message = refusal(helm4, values)
    assert "don't meet the specifications of the schema" in message
    for word in named:
        assert word in message


@pytest.mark.parametrize("values,named", TEMPLATES, ids=lambda given: str(given)[:60])
def test_the_templates_refuse(helm4, values, named):
    message = refusal(helm4, values)
    assert "validation.yaml" in message and "error calling" not in message, message
    for word in named:
        assert word in message


@pytest.mark.parametrize("values,named", [SCHEMA[1], TEMPLATES[0]], ids=["schema", "template"])
def test_helm_3_says_it_too(helm3, values, named):
    message = refusal(helm3, values)
    for word in named:
        assert word in message
