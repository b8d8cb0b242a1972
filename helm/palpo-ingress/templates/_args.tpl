{{/*
The command lines of both programs, as YAML lists. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* Below the mount, because a volume's own folder is open to others and the programs insist on one that is not. */}}
{{- define "palpo-ingress.socket" -}}
/run/palpo-ingress/local/dataplane.sock
{{- end }}

{{/* What is the programs' default is left out, so that the environment may set it: an option goes before its variable. */}}
{{- define "palpo-ingress.logArgs" -}}
{{- if ne .format "text" }}
- --log-format={{ .format }}
{{- end }}
{{- if ne .level "info" }}
- --log-level={{ .level }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.controllerArgs" -}}
{{- $values := .Values -}}
- run
- --socket={{ include "palpo-ingress.socket" . }}
- --admin=:{{ $values.controller.adminPort }}
- --ingress-class={{ $values.ingressClass.name }}
- --controller-name={{ include "palpo-ingress.controllerValue" . }}
{{- range $values.scope.namespaces }}
- --watch-namespace={{ . }}
{{- end }}
{{- range $values.scope.secretNamespaces }}
- --secret-namespace={{ . }}
{{- end }}
{{- with $values.scope.labelSelector }}
- {{ printf "--label-selector=%s" . | quote }}
{{- end }}
{{- if $values.leaderElection.enabled }}
- --leader-election=on
- --lease=$(POD_NAMESPACE)/{{ include "palpo-ingress.leaseName" . }}
- --lease-duration={{ $values.leaderElection.leaseDurationSeconds }}s
- --renew-deadline={{ $values.leaderElection.renewDeadlineSeconds }}s
- --retry-period={{ $values.leaderElection.retryPeriodSeconds }}s
{{- else }}
- --leader-election=off
{{- end }}
{{- with $values.defaultTlsSecret }}
- --default-tls-secret={{ . }}
{{- end }}
{{- with include "palpo-ingress.publishService" . }}
- --publish-service={{ . }}
{{- end }}
{{- range $values.publish.addresses }}
- {{ printf "--publish-address=%s" . | quote }}
{{- end }}
- --https-port={{ include "palpo-ingress.publicPort" (dict "root" . "listener" "https") }}
- --federation-port={{ include "palpo-ingress.publicPort" (dict "root" . "listener" "federation") }}
{{- include "palpo-ingress.logArgs" $values.controller.log }}
{{- range $values.controller.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}

{{- define "palpo-ingress.dataPlaneArgs" -}}
{{- $values := .Values -}}
- --socket={{ include "palpo-ingress.socket" . }}
- --admin=:{{ $values.dataPlane.adminPort }}
{{- range list "http" "https" "federation" }}
{{- $listener := index $values.listeners . }}
- --listen-{{ . }}={{ ternary (printf ":%d" (int $listener.containerPort)) "off" $listener.enabled }}
{{- end }}
- --https-redirect-port={{ include "palpo-ingress.publicPort" (dict "root" . "listener" "https") }}
- --shutdown-delay={{ $values.drain.delaySeconds }}s
- --drain-timeout={{ $values.drain.timeoutSeconds }}s
{{- with $values.dataPlane.workers }}
- --workers={{ . }}
{{- end }}
{{- with $values.dataPlane.metricsMaxOwners }}
- --metrics-max-owners={{ . | int64 }}
{{- end }}
{{- with $values.dataPlane.maxConnections }}
- --max-connections={{ . | int64 }}
{{- end }}
{{- if not $values.dataPlane.serverHeader }}
- --server-header=off
{{- end }}
{{- if $values.dataPlane.accessLog.enabled }}
- --access-log={{ $values.dataPlane.accessLog.format }}
{{- end }}
{{- include "palpo-ingress.logArgs" $values.dataPlane.log }}
{{- range $values.dataPlane.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}
