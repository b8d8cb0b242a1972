//go:build tools

// Package tools pins kubeconform, which checks rendered objects against schemas.
package tools

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
