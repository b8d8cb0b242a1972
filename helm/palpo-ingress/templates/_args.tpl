{{/*
The command lines of both programs, as YAML lists. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* Below the mount, because a volume's own folder is open to others and the programs insist on one that is not. */}}
{{- define "palpo-ingress.socket" -}}
/run/palpo-ingress/local/dataplane.sock
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
{{- with $values.scope.labelSelector }}
- {{ printf "--label-selector=%s" . | quote }}
{{- end }}
{{- if $values.leaderElection.enabled }}
- --leader-election=on
- --lease={{ include "palpo-ingress.lease" . }}
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
- --log-format={{ $values.controller.log.format }}
- --log-level={{ $values.controller.log.level }}
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
{{- with $values.dataPlane.maxConnections }}
- --max-connections={{ . | int64 }}
{{- end }}
- --server-header={{ ternary "on" "off" $values.dataPlane.serverHeader }}
- --access-log={{ ternary $values.dataPlane.accessLog.format "off" $values.dataPlane.accessLog.enabled }}
- --log-format={{ $values.dataPlane.log.format }}
- --log-level={{ $values.dataPlane.log.level }}
{{- range $values.dataPlane.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}
