//go:build tools

// Package tools pins the versions of the programs that the end-to-end tests build from modules.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
