# SPDX-License-Identifier: Apache-2.0
"""Kubernetes objects as dicts. JSON is YAML: written out, they are manifests."""
import json

CONTROLLER = "palpo.im/ingress-controller"


def meta(name, namespace=None, **more):
    result = {"name": name, **more}
    if namespace:
        result["namespace"] = namespace
    return result


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name)}


def tls_secret(name, certificate, namespace=None):
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta(name, namespace),
            "data": {"tls.crt": certificate.cert_base64(), "tls.key": certificate.key_base64()}}


def service(name, port=8008, port_name="http", namespace=None, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, namespace),
            "spec": {"ports": [{"name": port_name, "port": port, "protocol": "TCP"}], **spec}}


def endpoint_slice(service_name, addresses, namespace=None, name=None, port_name="http", conditions=None):
    """addresses: (host, port) pairs that share a port."""
    ports = {port for _, port in addresses}
    assert len(ports) <= 1, "one slice has one port"
    endpoints = [{"addresses": [host], "conditions": conditions or {"ready": True}} for host, _ in addresses]
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": meta(name or f"{service_name}-1", namespace,
                             labels={"kubernetes.io/service-name": service_name}),
            "addressType": "IPv4", "endpoints": endpoints,
            "ports": [{"name": port_name, "port": port, "protocol": "TCP"} for port in ports]}


def homeserver(name, server_name, service_name="homeserver", port=8008, secret="homeserver-tls", namespace=None,
               **spec):
    result = {"serverName": server_name, "backend": {"service": {"name": service_name, "port": port}}, **spec}
    if secret and "tls" not in result:
        result["tls"] = {"secretName": secret}
    return {"apiVersion": "palpo.im/v1alpha1", "kind": "PalpoHomeserver", "metadata": meta(name, namespace),
            "spec": result}


def ingress_class(name="palpo", controller=CONTROLLER):
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": meta(name),
            "spec": {"controller": controller}}


def ingress_path(path, service_name, port=8008, path_type="Prefix"):
    number_or_name = {"number": port} if isinstance(port, int) else {"name": port}
    return {"path": path, "pathType": path_type,
            "backend": {"service": {"name": service_name, "port": number_or_name}}}


def ingress(name, rules, namespace=None, class_name="palpo", tls=None, annotations=None):
    """rules: host -> list of ingress_path()."""
    metadata = meta(name, namespace)
    if annotations:
        metadata["annotations"] = annotations
    spec = {"rules": [{**({"host": host} if host else {}), "http": {"paths": paths}}
                      for host, paths in rules.items()]}
    if class_name:
        spec["ingressClassName"] = class_name
    if tls:
        spec["tls"] = tls
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def condition(found, kind):
    """The condition of that type in an object's status; None: absent."""
    for one in found.get("status", {}).get("conditions", []):
        if one["type"] == kind:
            return one
    return None


def write(path, *objects):
    """As a multi-document file, replaced at once."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text("\n---\n".join(json.dumps(found, indent=1) for found in objects) + "\n")
    temporary.replace(path)
