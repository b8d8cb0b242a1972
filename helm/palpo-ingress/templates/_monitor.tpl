{{/*
What ServiceMonitor and PodMonitor have in common. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* One entry per program: YAML list. */}}
{{- define "palpo-ingress.scrapes" -}}
{{- $values := . -}}
{{- range list "controller" "dataplane" }}
- port: {{ . }}
  path: /metrics
  {{- with $values.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with $values.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  {{- if $values.honorLabels }}
  honorLabels: true
  {{- end }}
  {{- with $values.relabelings }}
  relabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* dict: root, kind, values, component (whose labels are selected), scrapes (field) */}}
{{- define "palpo-ingress.monitor" -}}
{{- $namespace := include "palpo-ingress.namespace" .root -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  {{- include "palpo-ingress.metadata" (dict "root" .root "name" (include "palpo-ingress.fullname" .root) "component" "metrics" "namespace" .values.namespace "labels" .values.labels "annotations" .values.annotations) | nindent 2 }}
spec:
  jobLabel: app.kubernetes.io/instance
  {{- with .values.podTargetLabels }}
  podTargetLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  namespaceSelector:
    matchNames: [{{ $namespace }}]
  selector:
    matchLabels:
      {{- include "palpo-ingress.selectorLabels" .root | fromYaml | merge (dict "app.kubernetes.io/component" .component) | toYaml | nindent 6 }}
  {{ .scrapes }}:
    {{- include "palpo-ingress.scrapes" .values | trim | nindent 4 }}
{{- end }}
