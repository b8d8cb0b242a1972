{{/*
The controller's rights, and nothing more. SPDX-License-Identifier: Apache-2.0
*/}}

{{- define "palpo-ingress.secretRules" -}}
# They are listed by field selector (type=kubernetes.io/tls), which RBAC cannot express.
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end }}

{{/* In every namespace that it reads. */}}
{{- define "palpo-ingress.namespacedRules" -}}
- apiGroups: [""]
  resources: [services]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [list, watch]
- apiGroups: [palpo.im]
  resources: [palpohomeservers]
  verbs: [list, watch]
# What it tells the objects' authors.
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
- apiGroups: [palpo.im]
  resources: [palpohomeservers/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [events]
  verbs: [get, create, patch]
{{- end }}

{{/* Of kinds without a namespace. */}}
{{- define "palpo-ingress.clusterRules" -}}
- apiGroups: [networking.k8s.io]
  resources: [ingressclasses]
  verbs: [list, watch]
# What is in a namespace that is going away gives up its host at once. Without this right only with its deletion.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, watch]
{{- end }}

{{/* dict: resource, name: one object, which is listed and watched by its name. */}}
{{- define "palpo-ingress.oneObjectRules" -}}
- apiGroups: [""]
  resources: [{{ .resource }}]
  resourceNames: [{{ .name }}]
  verbs: [list, watch]
{{- end }}

{{/* dict: root, resource: whether every object of it in the namespace is read. Empty: no. */}}
{{- define "palpo-ingress.reads" -}}
{{- $namespaces := .root.Values.scope.namespaces }}
{{- if eq .resource "secrets" }}{{ $namespaces = default $namespaces .root.Values.scope.secretNamespaces }}{{ end }}
{{- if or (not $namespaces) (has .namespace $namespaces) }}true{{ end }}
{{- end }}

{{- define "palpo-ingress.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "palpo-ingress.leaseName" . }}]
  verbs: [get, update]
{{- end }}

{{/* dict: root, kind (Role or ClusterRole), name, namespace, rules: the role, and its binding to the controller. */}}
{{- define "palpo-ingress.role" -}}
{{- $cluster := eq .kind "ClusterRole" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  {{- include "palpo-ingress.metadata" (dict "root" .root "name" .name "cluster" $cluster "namespace" .namespace) | nindent 2 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  {{- include "palpo-ingress.metadata" (dict "root" .root "name" .name "cluster" $cluster "namespace" .namespace) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "palpo-ingress.serviceAccountName" .root }}
    namespace: {{ include "palpo-ingress.namespace" .root }}
{{- end }}
