{{/*
Mistakes between values, which the schema cannot see. Each ends the rendering with a message that names the values
and what to do. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* dict: at (the list's name), items, keys (that are together unique) */}}
{{- define "palpo-ingress.mustBeUnique" -}}
{{- $seen := dict }}
{{- $call := . }}
{{- range $item := .items }}
{{- $parts := list }}
{{- range $call.keys }}{{ $parts = append $parts (get $item . | toString) }}{{ end }}
{{- $key := join ", " $parts }}
{{- if hasKey $seen $key }}{{ fail (printf "%s: %s %s is there twice" $call.at (join ", " $call.keys) $key) }}{{ end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.validateScaling" -}}
{{- $values := .Values }}
{{- $scaler := "" }}
{{- range list "autoscaling" "keda" }}
{{- $scaling := index $values . }}
{{- if $scaling.enabled }}
{{- if $scaler }}{{ fail "autoscaling.enabled and keda.enabled: KEDA makes a HorizontalPodAutoscaler of its own, use one of them" }}{{ end }}
{{- $scaler = . }}
{{- if eq $values.kind "DaemonSet" }}{{ fail (printf "%s.enabled: a DaemonSet has as many pods as nodes, set kind: Deployment" .) }}{{ end }}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}{{ fail (printf "%s.minReplicas: %v is more than maxReplicas %v" . $scaling.minReplicas $scaling.maxReplicas) }}{{ end }}
{{- end }}
{{- end }}
{{- with $values.autoscaling }}
{{- if and .enabled (not .targetCPUUtilizationPercentage) (not .targetMemoryUtilizationPercentage) (not .metrics) }}{{ fail "autoscaling: nothing to scale by, set targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or metrics" }}{{ end }}
{{- if .enabled }}
{{- range $resource, $field := dict "cpu" "targetCPUUtilizationPercentage" "memory" "targetMemoryUtilizationPercentage" }}
{{- if and (index $values.autoscaling $field) (not (dig "requests" $resource "" $values.dataPlane.resources)) }}{{ fail (printf "autoscaling.%s: it is a part of dataPlane.resources.requests.%s, which is not set" $field $resource) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $values.keda.enabled (not $values.keda.triggers) }}{{ fail "keda.triggers: a ScaledObject needs at least one" }}{{ end }}
{{- with $values.podDisruptionBudget }}
{{- if and .enabled (eq $values.kind "Deployment") (not (kindIs "string" .minAvailable)) (gt (int (include "palpo-ingress.replicas" $)) 1) }}
{{- if ge (int .minAvailable) (int (include "palpo-ingress.replicas" $)) }}{{ fail (printf "podDisruptionBudget.minAvailable: with %v of %s pods no node could ever be drained" .minAvailable (include "palpo-ingress.replicas" $)) }}{{ end }}
{{- end }}
{{- if and .enabled (eq (toString .minAvailable) "") (has (toString .maxUnavailable) (list "0" "0%")) }}{{ fail "podDisruptionBudget.maxUnavailable: with 0 no node could ever be drained" }}{{ end }}
{{- end }}
{{- $strategy := default "RollingUpdate" $values.updateStrategy.type }}
{{- $other := ternary "OnDelete" "Recreate" (eq $values.kind "Deployment") }}
{{- if eq $strategy $other }}{{ fail (printf "updateStrategy.type: a %s has no %s" $values.kind $other) }}{{ end }}
{{- if and (ne $strategy "RollingUpdate") $values.updateStrategy.rollingUpdate }}{{ fail (printf "updateStrategy.rollingUpdate: not with type %s" $strategy) }}{{ end }}
{{- if not $values.leaderElection.enabled }}
{{- if or (eq $values.kind "DaemonSet") $scaler (gt (int $values.replicaCount) 1) }}{{ fail "leaderElection.enabled: without it every pod would write statuses, keep it or set replicaCount: 1" }}{{ end }}
{{- end }}
{{- with $values.leaderElection }}
{{- if le (int .leaseDurationSeconds) (int .renewDeadlineSeconds) }}{{ fail "leaderElection.leaseDurationSeconds: must be more than renewDeadlineSeconds" }}{{ end }}
{{- if le (mul 10 .renewDeadlineSeconds) (mul 12 .retryPeriodSeconds) }}{{ fail "leaderElection.renewDeadlineSeconds: must be more than 1.2 times retryPeriodSeconds" }}{{ end }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.validatePorts" -}}
{{- $values := .Values }}
{{- $listeners := fromJsonArray (include "palpo-ingress.listeners" .) }}
{{- if not $listeners }}{{ fail "listeners: at least one of http, https and federation must be enabled" }}{{ end }}
{{- $taken := dict (toString $values.controller.adminPort) "controller.adminPort" }}
{{- $ports := list (list "dataPlane.adminPort" $values.dataPlane.adminPort) }}
{{- $hosts := dict }}
{{- range $listeners }}
{{- $listener := index $values.listeners . }}
{{- $ports = append $ports (list (printf "listeners.%s.containerPort" .) $listener.containerPort) }}
{{- if $values.hostNetwork }}
{{- if and $listener.hostPort (ne (int $listener.hostPort) (int $listener.containerPort)) }}{{ fail (printf "listeners.%s.hostPort: with hostNetwork it is containerPort (%v), set that" . $listener.containerPort) }}{{ end }}
{{- if and (lt (int $listener.containerPort) 1024) (not $values.dataPlane.netBindService) (ne (toString $values.podSecurityContext.runAsUser) "0") }}{{ fail (printf "listeners.%s.containerPort: %v is a port of the node that not everybody may use, see dataPlane.netBindService" . $listener.containerPort) }}{{ end }}
{{- else if $listener.hostPort }}
{{- $port := toString $listener.hostPort }}
{{- if hasKey $hosts $port }}{{ fail (printf "listeners.%s.hostPort: %s is that of listeners.%s, too" . $port (get $hosts $port)) }}{{ end }}
{{- $_ := set $hosts $port . }}
{{- end }}
{{- end }}
{{- range $ports }}
{{- $port := toString (last .) }}
{{- if hasKey $taken $port }}{{ fail (printf "%s: %s is that of %s, too" (first .) $port (get $taken $port)) }}{{ end }}
{{- $_ := set $taken $port (first .) }}
{{- end }}
{{- end }}

{{/* dict: name (of the value), values, listeners */}}
{{- define "palpo-ingress.validateService" -}}
{{- $name := .name }}
{{- $service := .values }}
{{- if not .listeners }}{{ fail (printf "%s.enabled: none of its listeners is" $name) }}{{ end }}
{{- $balanced := eq $service.type "LoadBalancer" }}
{{- range list "loadBalancerClass" "loadBalancerIP" "loadBalancerSourceRanges" }}
{{- if and (index $service .) (not $balanced) }}{{ fail (printf "%s.%s: only with type LoadBalancer" $name .) }}{{ end }}
{{- end }}
{{- if and (not $service.allocateLoadBalancerNodePorts) (not $balanced) }}{{ fail (printf "%s.allocateLoadBalancerNodePorts: only with type LoadBalancer" $name) }}{{ end }}
{{- if and $service.externalTrafficPolicy (eq $service.type "ClusterIP") (not $service.externalIPs) }}{{ fail (printf "%s.externalTrafficPolicy: a Service of type ClusterIP takes no traffic from outside" $name) }}{{ end }}
{{- if and $service.healthCheckNodePort (not (and $balanced (eq $service.externalTrafficPolicy "Local"))) }}{{ fail (printf "%s.healthCheckNodePort: only with type LoadBalancer and externalTrafficPolicy Local" $name) }}{{ end }}
{{- if eq $service.clusterIP "None" }}
{{- if ne $service.type "ClusterIP" }}{{ fail (printf "%s.clusterIP: None only with type ClusterIP" $name) }}{{ end }}
{{- if ne $service.sessionAffinity "None" }}{{ fail (printf "%s.sessionAffinity: not with clusterIP None" $name) }}{{ end }}
{{- end }}
{{- if and (eq $service.ipFamilyPolicy "SingleStack") (gt (len $service.ipFamilies) 1) }}{{ fail (printf "%s.ipFamilies: one with ipFamilyPolicy SingleStack" $name) }}{{ end }}
{{- $ports := list }}
{{- range .listeners }}
{{- $port := index $service.ports . }}
{{- $ports = append $ports $port }}
{{- if and $port.nodePort (eq $service.type "ClusterIP") }}{{ fail (printf "%s.ports.%s.nodePort: only with type NodePort or LoadBalancer" $name .) }}{{ end }}
{{- end }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" (printf "%s.ports" $name) "items" $ports "keys" (list "port")) }}
{{- end }}

{{- define "palpo-ingress.validateServices" -}}
{{- $listeners := fromJsonArray (include "palpo-ingress.listeners" .) }}
{{- $federation := has "federation" $listeners }}
{{- $served := dict
  "service" (ternary (without $listeners "federation") $listeners .Values.federationService.enabled)
  "internalService" $listeners
  "federationService" (ternary (list "federation") list $federation) }}
{{- $node := list }}
{{- range $name, $names := $served }}
{{- $service := index $.Values $name }}
{{- if $service.enabled }}
{{- include "palpo-ingress.validateService" (dict "name" $name "values" $service "listeners" $names) }}
{{- range $names }}
{{- with (index $service.ports .).nodePort }}{{ $node = append $node (dict "nodePort" .) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "service.ports, internalService.ports and federationService.ports" "items" $node "keys" (list "nodePort")) }}
{{- if and .Values.publish.service .Values.publish.addresses }}{{ fail "publish.service and publish.addresses are mutually exclusive" }}{{ end }}
{{- end }}

{{/* What server-side apply merges by name must not be there twice. */}}
{{- define "palpo-ingress.validateLists" -}}
{{- $values := .Values }}
{{- range $container := list "controller" "dataPlane" }}
{{- $env := (index $values $container).extraEnv }}
{{- if and (eq $container "dataPlane") (not $values.dataPlane.workers) (dig "limits" "cpu" "" $values.dataPlane.resources) }}{{ $env = append $env (dict "name" "PALPO_WORKERS") }}{{ end }}
{{- if eq $container "controller" }}{{ $env = append $env (dict "name" "POD_NAMESPACE") }}{{ end }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" (printf "%s.extraEnv" $container) "items" $env "keys" (list "name")) }}
{{- $mounts := concat (index $values $container).extraVolumeMounts (list (dict "mountPath" "/run/palpo-ingress") (dict "mountPath" "/var/run/secrets/kubernetes.io/serviceaccount")) }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" (printf "%s.extraVolumeMounts" $container) "items" $mounts "keys" (list "mountPath")) }}
{{- end }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "image.pullSecrets" "items" $values.image.pullSecrets "keys" (list "name")) }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "hostAliases" "items" $values.hostAliases "keys" (list "ip")) }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "topologySpreadConstraints" "items" $values.topologySpreadConstraints "keys" (list "topologyKey" "whenUnsatisfiable")) }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "extraVolumes" "items" (concat $values.extraVolumes (list (dict "name" "socket") (dict "name" "service-account"))) "keys" (list "name")) }}
{{- $containers := concat $values.extraContainers $values.extraInitContainers (list (dict "name" "controller") (dict "name" "dataplane")) }}
{{- include "palpo-ingress.mustBeUnique" (dict "at" "extraContainers and extraInitContainers" "items" $containers "keys" (list "name")) }}
{{- range $at := list "commonLabels" "podLabels" "labels" }}
{{- range $key, $_ := index $values $at }}
{{- if or (hasPrefix "app.kubernetes.io/" $key) (eq $key "helm.sh/chart") }}{{ fail (printf "%s: %s is the chart's own label" $at $key) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/* An option that the chart passes and somebody passes again. */}}
{{- define "palpo-ingress.validateArgs" -}}
{{- range $container, $args := dict "controller" (include "palpo-ingress.controllerArgs" .) "dataPlane" (include "palpo-ingress.dataPlaneArgs" .) }}
{{- $extra := (index $.Values $container).extraArgs }}
{{- $count := sub (len (fromYamlArray $args)) (len $extra) | int }}
{{- $names := list }}
{{- range slice (fromYamlArray $args) 0 $count }}{{ $names = append $names (splitList "=" . | first) }}{{ end }}
{{- range $extra }}
{{- if has (splitList "=" . | first) $names }}{{ fail (printf "%s.extraArgs: %s is set by the chart, from a value of its own" $container (splitList "=" . | first)) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.validate" -}}
{{- include "palpo-ingress.validateScaling" . }}
{{- include "palpo-ingress.validatePorts" . }}
{{- include "palpo-ingress.validateServices" . }}
{{- include "palpo-ingress.validateLists" . }}
{{- include "palpo-ingress.validateArgs" . }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}{{ fail "serviceAccount.name: required where serviceAccount.create is false" }}{{ end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}{{ fail "metrics.serviceMonitor.enabled and metrics.podMonitor.enabled: every pod would be scraped twice, use one of them" }}{{ end }}
{{- $namespaces := .Values.scope.namespaces }}
{{- range .Values.scope.secretNamespaces }}
{{- if and $namespaces (not (has . $namespaces)) }}{{ fail (printf "scope.secretNamespaces: %s is none of scope.namespaces, so nothing there could use its Secrets" .) }}{{ end }}
{{- end }}
{{- if and .Values.test.enabled .Values.scope.labelSelector (not .Values.test.labels) }}{{ fail "test.labels: the PalpoHomeserver of `helm test` needs labels that scope.labelSelector wants, or set test.enabled: false" }}{{ end }}
{{- end }}
