//go:build tools

// Package tools pins Helm 3, under which the chart has to render as under Helm 4.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
