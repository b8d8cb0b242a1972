{{/*
Whose the CustomResourceDefinition in the cluster is. SPDX-License-Identifier: Apache-2.0
*/}}

{{/*
dict: root, name. Helm refuses to install over an object that is not the release's, so one that is there already needs
another way. The answer is one of:
  render  it is not there, or it is this release's: it is an object of the release like any other
  adopt   nobody's: a Job brings it up to date and makes it this release's, and the next upgrade renders it
  leave   another release's, which upgrades it
*/}}
{{- define "palpo-ingress.crdFate" -}}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .name }}
{{- $annotations := dig "metadata" "annotations" dict $live | default dict }}
{{- $owner := printf "%s/%s" (get $annotations "meta.helm.sh/release-namespace") (get $annotations "meta.helm.sh/release-name") }}
{{- $helm := eq (dig "metadata" "labels" "app.kubernetes.io/managed-by" "" $live) "Helm" }}
{{- if not $live }}render
{{- else if and $helm (eq $owner (printf "%s/%s" .root.Release.Namespace .root.Release.Name)) }}render
{{- else if and $helm (ne $owner "/") }}leave
{{- else }}{{ ternary "adopt" "render" .root.Values.crds.keep }}
{{- end }}
{{- end }}

{{/* dict: root, crd */}}
{{- define "palpo-ingress.crd" -}}
{{- $annotations := deepCopy .root.Values.crds.annotations }}
{{- if .root.Values.crds.keep }}{{ $_ := set $annotations "helm.sh/resource-policy" "keep" }}{{ end }}
{{- if .adopt }}
{{- $_ := set $annotations "meta.helm.sh/release-name" .root.Release.Name }}
{{- $_ := set $annotations "meta.helm.sh/release-namespace" .root.Release.Namespace }}
{{- end -}}
apiVersion: {{ .crd.apiVersion }}
kind: {{ .crd.kind }}
metadata:
  {{- include "palpo-ingress.metadata" (dict "root" .root "name" .crd.metadata.name "cluster" true "component" "crds" "annotations" $annotations) | nindent 2 }}
spec:
  {{- toYaml .crd.spec | nindent 2 }}
{{- end }}

{{/* Names that are to be adopted, as JSON. */}}
{{- define "palpo-ingress.crdsToAdopt" -}}
{{- $names := list }}
{{- if .Values.crds.install }}
{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" }}
{{- $name := ($.Files.Get $path | fromYaml).metadata.name }}
{{- if eq (include "palpo-ingress.crdFate" (dict "root" $ "name" $name)) "adopt" }}{{ $names = append $names $name }}{{ end }}
{{- end }}
{{- end }}
{{- toJson $names }}
{{- end }}
