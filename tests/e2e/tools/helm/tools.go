//go:build tools

// Package tools pins Helm 4, with which the chart is installed and checked.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
