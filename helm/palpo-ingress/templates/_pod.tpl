{{/*
The pod of Deployment and DaemonSet. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* dict: values (of the container), add (capabilities) */}}
{{- define "palpo-ingress.containerSecurity" -}}
{{- $capabilities := dict "drop" (list "ALL") }}
{{- with .add }}{{ $_ := set $capabilities "add" . }}{{ end }}
{{- $own := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" $capabilities }}
{{- toYaml (mergeOverwrite $own (default dict (deepCopy .values))) }}
{{- end }}

{{/* dict: container (its values), port (its name) */}}
{{- define "palpo-ingress.probes" -}}
{{- $port := .port }}
{{- $container := .container }}
{{- range $probe, $path := dict "startupProbe" "/livez" "readinessProbe" "/readyz" "livenessProbe" "/livez" }}
{{- $values := index $container $probe }}
{{- if $values.enabled }}
{{ $probe }}:
  httpGet:
    path: {{ $path }}
    port: {{ $port }}
  {{- with omit $values "enabled" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A sidecar in Kubernetes' sense: it begins before the data plane, and ends after it. So the data plane follows its
homeservers' endpoints until the last request. */}}
{{- define "palpo-ingress.controllerContainer" -}}
name: controller
restartPolicy: Always
image: {{ include "palpo-ingress.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [/usr/bin/palpo-ingress-controller]
args:
  {{- include "palpo-ingress.controllerArgs" . | nindent 2 }}
env:
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  {{- with .Values.controller.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: controller
    containerPort: {{ .Values.controller.adminPort }}
    protocol: TCP
{{- include "palpo-ingress.probes" (dict "container" .Values.controller "port" "controller") }}
{{- with .Values.controller.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "palpo-ingress.containerSecurity" (dict "values" .Values.controller.securityContext) | nindent 2 }}
volumeMounts:
  - name: socket
    mountPath: /run/palpo-ingress
  - name: service-account
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- with .Values.controller.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "palpo-ingress.dataPlaneContainer" -}}
{{- $limits := default dict .Values.dataPlane.resources.limits -}}
name: dataplane
image: {{ include "palpo-ingress.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [/usr/bin/palpo-ingress-dataplane]
args:
  {{- include "palpo-ingress.dataPlaneArgs" . | nindent 2 }}
{{- if or .Values.dataPlane.extraEnv (and $limits.cpu (not .Values.dataPlane.workers)) }}
env:
  {{- if and $limits.cpu (not .Values.dataPlane.workers) }}
  - name: PALPO_WORKERS
    valueFrom:
      resourceFieldRef:
        containerName: dataplane
        resource: limits.cpu
        divisor: "1"
  {{- end }}
  {{- with .Values.dataPlane.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
ports:
  {{- range fromJsonArray (include "palpo-ingress.listeners" .) }}
  {{- $listener := index $.Values.listeners . }}
  - name: {{ . }}
    containerPort: {{ $listener.containerPort }}
    {{- if $.Values.hostNetwork }}
    hostPort: {{ $listener.containerPort }}
    {{- else if $listener.hostPort }}
    hostPort: {{ $listener.hostPort }}
    {{- end }}
    protocol: TCP
  {{- end }}
  - name: dataplane
    containerPort: {{ .Values.dataPlane.adminPort }}
    protocol: TCP
{{- include "palpo-ingress.probes" (dict "container" .Values.dataPlane "port" "dataplane") }}
{{- with .Values.dataPlane.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- $add := ternary (list "NET_BIND_SERVICE") list .Values.dataPlane.netBindService }}
  {{- include "palpo-ingress.containerSecurity" (dict "values" .Values.dataPlane.securityContext "add" $add) | nindent 2 }}
volumeMounts:
  - name: socket
    mountPath: /run/palpo-ingress
  {{- with .Values.dataPlane.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The token is mounted by hand, into the controller's container only. */}}
{{- define "palpo-ingress.volumes" -}}
- name: socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
- name: service-account
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: {{ .Values.serviceAccount.tokenExpirationSeconds | int64 }}
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* For the release's pods; of one revision only, so that a rollout does not count the old ones. */}}
{{- define "palpo-ingress.topologySpread" -}}
{{- $selector := include "palpo-ingress.selectorLabels" . | fromYaml }}
{{- $constraints := list }}
{{- range .Values.topologySpreadConstraints }}
{{- $own := dict }}
{{- if not .labelSelector }}{{ $own = dict "labelSelector" (dict "matchLabels" $selector) "matchLabelKeys" (list "pod-template-hash") }}{{ end }}
{{- $constraints = append $constraints (merge (dict) . $own) }}
{{- end }}
{{- toYaml $constraints }}
{{- end }}

{{- define "palpo-ingress.podTemplate" -}}
metadata:
  labels:
    {{- /* A new chart alone replaces no pod. */}}
    {{- omit (include "palpo-ingress.labels" (dict "root" . "labels" .Values.podLabels) | fromYaml) "helm.sh/chart" | toYaml | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: dataplane
    {{- with merge (dict) .Values.podAnnotations .Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "palpo-ingress.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add .Values.drain.delaySeconds .Values.drain.timeoutSeconds .Values.drain.marginSeconds }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  dnsPolicy: {{ default (ternary "ClusterFirstWithHostNet" "ClusterFirst" .Values.hostNetwork) .Values.dnsPolicy }}
  {{- range $field := list "dnsConfig" "hostAliases" "nodeSelector" "affinity" "tolerations" }}
  {{- with index $.Values $field }}
  {{ $field }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- range $field := list "priorityClassName" "runtimeClassName" "schedulerName" }}
  {{- with index $.Values $field }}
  {{ $field }}: {{ . }}
  {{- end }}
  {{- end }}
  {{- if and .Values.topologySpreadConstraints (eq .Values.kind "Deployment") }}
  topologySpreadConstraints:
    {{- include "palpo-ingress.topologySpread" . | nindent 4 }}
  {{- end }}
  initContainers:
    {{- with .Values.extraInitContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - {{ include "palpo-ingress.controllerContainer" . | nindent 6 | trim }}
  containers:
    - {{ include "palpo-ingress.dataPlaneContainer" . | nindent 6 | trim }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "palpo-ingress.volumes" . | nindent 4 }}
{{- end }}
