{{/*
Pods that run one command and end: helm test, and the adoption of definitions. SPDX-License-Identifier: Apache-2.0
*/}}

{{/* dict: root, name, args, resources, volumes, mounts, token (bool), serviceAccount: a pod's spec */}}
{{- define "palpo-ingress.oneCommand" -}}
{{- $values := .root.Values -}}
restartPolicy: Never
serviceAccountName: {{ .serviceAccount }}
automountServiceAccountToken: {{ .token }}
enableServiceLinks: false
terminationGracePeriodSeconds: 1
{{- range $field := list "nodeSelector" "affinity" "tolerations" "dnsConfig" }}
{{- with index $values $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with $values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ include "palpo-ingress.image" .root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    command: [/usr/bin/palpo-ingress-controller]
    args:
      {{- toYaml .args | nindent 6 }}
    {{- with .resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "palpo-ingress.containerSecurity" (dict "values" $values.controller.securityContext) | nindent 6 }}
    volumeMounts:
      {{- toYaml .mounts | nindent 6 }}
volumes:
  {{- toYaml .volumes | nindent 2 }}
{{- end }}
