{{/*
A Service in front of the listeners. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* dict: root, name, values, listeners (names) */}}
{{- define "palpo-ingress.service" -}}
{{- $values := .values -}}
{{- $reachable := ne $values.type "ClusterIP" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "palpo-ingress.metadata" (dict "root" .root "name" .name "labels" $values.labels "annotations" $values.annotations) | nindent 2 }}
spec:
  type: {{ $values.type }}
  {{- range $field := list "clusterIP" "ipFamilyPolicy" "externalTrafficPolicy" "internalTrafficPolicy" "loadBalancerClass" "loadBalancerIP" }}
  {{- with index $values $field }}
  {{ $field }}: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- range $field := list "ipFamilies" "externalIPs" "loadBalancerSourceRanges" }}
  {{- with index $values $field }}
  {{ $field }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with $values.healthCheckNodePort }}
  healthCheckNodePort: {{ . }}
  {{- end }}
  {{- if and (eq $values.type "LoadBalancer") (not $values.allocateLoadBalancerNodePorts) }}
  allocateLoadBalancerNodePorts: false
  {{- end }}
  {{- if ne $values.sessionAffinity "None" }}
  sessionAffinity: {{ $values.sessionAffinity }}
  sessionAffinityConfig:
    clientIP:
      timeoutSeconds: {{ $values.sessionAffinityTimeoutSeconds }}
  {{- end }}
  selector:
    {{- include "palpo-ingress.selectorLabels" .root | nindent 4 }}
  ports:
    {{- range .listeners }}
    {{- $port := index $values.ports . }}
    - name: {{ . }}
      port: {{ $port.port }}
      targetPort: {{ . }}
      protocol: TCP
      {{- if and $reachable $port.nodePort }}
      nodePort: {{ $port.nodePort }}
      {{- end }}
      {{- with $port.appProtocol }}
      appProtocol: {{ . | quote }}
      {{- end }}
    {{- end }}
{{- end }}
