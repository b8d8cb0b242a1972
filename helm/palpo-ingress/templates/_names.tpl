{{/*
Names, labels and metadata of objects. SPDX-License-Identifier: Apache-2.0
Templates that take more than the root get a dict with "root" in it.
*/}}

{{- define "palpo-ingress.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* At most 50 characters: names made from it stay below 63. A release's name may have dots, a Service's may not. */}}
{{- define "palpo-ingress.fullname" -}}
{{- $name := include "palpo-ingress.name" . }}
{{- $release := .Release.Name | replace "." "-" }}
{{- $full := ternary $release (printf "%s-%s" $release $name) (contains $name $release) }}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "palpo-ingress.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/* Of objects without a namespace: releases of one name in two namespaces do not meet. */}}
{{- define "palpo-ingress.clusterName" -}}
{{- printf "%s-%s" (include "palpo-ingress.fullname" .) (include "palpo-ingress.namespace" .) }}
{{- end }}

{{- define "palpo-ingress.serviceAccountName" -}}
{{- default (include "palpo-ingress.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "palpo-ingress.controllerValue" -}}
{{- $suffix := ternary "" (printf "/%s" .Values.ingressClass.name) (eq .Values.ingressClass.name "palpo") }}
{{- default (printf "palpo.im/ingress-controller%s" $suffix) .Values.ingressClass.controllerValue }}
{{- end }}

{{- define "palpo-ingress.selectorLabels" -}}
app.kubernetes.io/name: {{ include "palpo-ingress.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: ingress
{{- end }}

{{/* dict: root, component (default ingress), labels */}}
{{- define "palpo-ingress.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" (include "palpo-ingress.name" .root)
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/component" (default "ingress" .component)
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/part-of" "palpo-ingress"
  "app.kubernetes.io/managed-by" .root.Release.Service
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") }}
{{- toYaml (merge $own (default dict .labels) .root.Values.commonLabels) }}
{{- end }}

{{/* dict: root, name, cluster (bool), namespace, component, labels, annotations */}}
{{- define "palpo-ingress.metadata" -}}
name: {{ .name }}
{{- if not .cluster }}
namespace: {{ default (include "palpo-ingress.namespace" .root) .namespace }}
{{- end }}
labels:
  {{- include "palpo-ingress.labels" . | nindent 2 }}
{{- with merge (dict) (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.image" -}}
{{- $name := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $name = printf "%s/%s" . $name }}{{ end }}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Names of the enabled listeners, in the order of their ports, as JSON. */}}
{{- define "palpo-ingress.listeners" -}}
{{- $names := list }}
{{- range list "http" "https" "federation" }}
{{- if (index $.Values.listeners .).enabled }}{{ $names = append $names . }}{{ end }}
{{- end }}
{{- toJson $names }}
{{- end }}

{{/* dict: root, listener: the port by which clients reach it. */}}
{{- define "palpo-ingress.publicPort" -}}
{{- $values := .root.Values }}
{{- $service := $values.service }}
{{- $default := ternary 443 8448 (eq .listener "https") }}
{{- if and (eq .listener "federation") $values.federationService.enabled }}{{ $service = $values.federationService }}{{ end }}
{{- if $service.enabled }}{{ $default = (index $service.ports .listener).port }}{{ end }}
{{- index $values.publicPorts .listener | default $default }}
{{- end }}

{{/* Whether two pods cannot be on one node, because they take its ports. Empty: no. */}}
{{- define "palpo-ingress.takesNodePorts" -}}
{{- $ports := list }}
{{- range fromJsonArray (include "palpo-ingress.listeners" .) }}
{{- with (index $.Values.listeners .).hostPort }}{{ $ports = append $ports . }}{{ end }}
{{- end }}
{{- if or .Values.hostNetwork $ports }}true{{ end }}
{{- end }}

{{/* The least number of pods of the Deployment. */}}
{{- define "palpo-ingress.replicas" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.minReplicas }}
{{- else if .Values.keda.enabled }}{{ .Values.keda.minReplicas }}
{{- else }}{{ .Values.replicaCount }}
{{- end }}
{{- end }}

{{/* NAMESPACE/NAME of the Service whose address Ingresses get; empty: none. The kubelet fills in the namespace, so that
Kustomize may change it. */}}
{{- define "palpo-ingress.publishService" -}}
{{- if .Values.publish.service }}{{ .Values.publish.service }}
{{- else if and .Values.service.enabled (not .Values.publish.addresses) -}}
$(POD_NAMESPACE)/{{ include "palpo-ingress.fullname" . }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.leaseName" -}}
{{- default (include "palpo-ingress.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}
